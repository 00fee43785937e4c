// What one step puts on the links.
#pragma once

#include <string>
#include <vector>

#include "runtime/strategies/step_record.h"
#include "runtime/strategies/strategy.h"
#include "sim/collectives/collective_pattern.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

struct NetworkLoad {
  std::string busiest_link;  // empty if nothing travels
  LinkClass busiest_class = LinkClass::other;
  double busiest_seconds = 0;  // that the step's bytes occupy it at its full rate
  double mean_hops = 0;        // links per message
};

// Messages between ranks in a step, and where these sit; routes are those of an idle network.
struct PlacedMessages {
  std::vector<StepMessage> all;
  const std::vector<EndpointId>& places;
  const Router& router;
};

// `step`: what one worker did; the others do the same in their groups. `patterns`: of the job's
// workers and groups. REQUIRES: no call is native.
NetworkLoad network_load(const StepRecord& step, const Network& network,
                         CollectivePatterns& patterns, const PlacedMessages& messages);

}  // namespace rehearse
