#include "predict/simulated_steps.h"

#include <algorithm>
#include <string>

namespace rehearse {
namespace {

constexpr std::int64_t kLongest = 64;
// Between workers and servers in a step; their mean then says after two steps what that of fewer
// says after six.
constexpr std::int64_t kManyFlows = 8192;

bool all_synchronous(const Scenario& scenario, std::int64_t workers) {
  const StrategyOptions& strategy = scenario.strategy;
  const auto steps = scenario.known_steps(workers);
  return strategy.lag == 0 || (steps && strategy.sync_first + strategy.sync_last >= *steps);
}

}  // namespace

SimulatedSteps simulated_steps(const JobPoint& job) {
  const Scenario& scenario = job.scenario();
  const StrategyOptions& strategy = scenario.strategy;
  SimulatedSteps steps;
  if (strategy.kind == StrategyKind::lagged && !all_synchronous(scenario, job.workers())) {
    steps.lag = std::min(strategy.lag, kLongest);
    steps.warm_up += static_cast<int>(steps.lag);
  }
  if (strategy.kind == StrategyKind::local_sgd) {
    steps.local_steps = std::min(strategy.local_steps, kLongest);
    const auto period = static_cast<int>(steps.local_steps);
    steps.per_run = (steps.per_run + period - 1) / period * period;
  }
  if (has_servers(strategy.kind) && job.workers() * strategy.servers.count >= kManyFlows) {
    steps.per_run = 2;
  }
  return steps;
}

std::vector<Provenance> provenance_of_steps(const Scenario& scenario) {
  const StrategyOptions& strategy = scenario.strategy;
  std::vector<Provenance> list;
  const auto add = [&](const char* key, const std::string& what) {
    list.push_back({key, what, Provenance::Kind::assumed});
  };
  const std::string longest = std::to_string(kLongest);
  if (strategy.kind == StrategyKind::lagged) {
    if (strategy.lag > 0 && strategy.sync_first + strategy.sync_last > 0) {
      add("training.lag", "a step is one of the lagged phase, unless the run has none: the " +
                              std::to_string(strategy.sync_first + strategy.sync_last) +
                              " synchronous ones are not part of the mean");
    }
    if (strategy.lag > kLongest) add("training.lag", "simulated as " + longest + " steps");
  }
  if (strategy.kind == StrategyKind::local_sgd && strategy.local_steps > kLongest) {
    add("training.local_steps", "simulated as " + longest);
  }
  return list;
}

}  // namespace rehearse
