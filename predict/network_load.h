// What one step puts on the links.
#pragma once

#include <string>
#include <vector>

#include "runtime/sync_sgd.h"
#include "topologies/network.h"
#include "topologies/router.h"

namespace rehearse {

struct NetworkLoad {
  std::string busiest_link;    // empty if nothing travels
  double busiest_seconds = 0;  // that the step's bytes occupy it at its full rate
  double mean_hops = 0;        // links per message
};

// `step`: what one worker reduced and exchanged; the others do the same in their groups.
NetworkLoad network_load(const SyncSgd& program, const Network& network, const Router& router,
                         const std::vector<EndpointId>& workers, const StepRecord& step);

}  // namespace rehearse
