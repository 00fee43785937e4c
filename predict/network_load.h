// What one step puts on the links.
#pragma once

#include <string>
#include <vector>

#include "runtime/strategies/sync_sgd.h"
#include "sim/collectives/collective_pattern.h"

namespace rehearse {

struct NetworkLoad {
  std::string busiest_link;  // empty if nothing travels
  LinkClass busiest_class = LinkClass::other;
  double busiest_seconds = 0;  // that the step's bytes occupy it at its full rate
  double mean_hops = 0;        // links per message
};

// `patterns`: of the program's workers and groups. `step`: what one worker reduced and exchanged;
// the others do the same in their groups.
NetworkLoad network_load(const SyncSgd& program, const Network& network,
                         CollectivePatterns& patterns, const StepRecord& step);

}  // namespace rehearse
