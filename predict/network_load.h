// What the reductions of one step put on the links.
#pragma once

#include <string>
#include <vector>

#include "runtime/gradient_reducer.h"
#include "scenarios/scenario.h"
#include "sim/collective_pattern.h"

namespace rehearse {

struct NetworkLoad {
  std::string busiest_link;    // empty if nothing travels
  double busiest_seconds = 0;  // that the step's bytes occupy it at its full rate
  double mean_hops = 0;        // links per message
};

// `patterns`: of the workers on `network`; `gradient_elements` as SyncSgd orders them.
NetworkLoad network_load(const Scenario& scenario, const Network& network,
                         CollectivePatterns& patterns,
                         const std::vector<std::int64_t>& gradient_elements, int bytes_per_element,
                         const std::vector<Reduction>& reductions);

}  // namespace rehearse
