#include "predict/predictable.h"

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "predict/sample_point.h"
#include "predict/simulation_size.h"
#include "predict/workload.h"
#include "sim/collectives/unknown_ends.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

void expect_runs(const CollectiveChooser& chooser, Operation operation, Algorithm algorithm,
                 const Averaging& among) {
  if (algorithm == Algorithm::automatic || algorithm == Algorithm::native || among.ranks < 2)
    return;
  const std::string why = chooser.obstacle(operation, algorithm, among.ranks, among.ranks_per_node);
  if (why.empty()) return;
  throw Error::input("this network cannot run '" + to_text(algorithm) + "'", why,
                     "use another algorithm, or auto");
}

// Of the algorithm that predict would choose.
void expect_few_messages(const Scenario& scenario, const BuiltNetwork& built,
                         const std::vector<EndpointId>& devices) {
  const auto workers = static_cast<std::int64_t>(devices.size());
  const auto groups = split_groups(scenario, workers);
  std::vector<GroupFamily> families;
  if (groups) families = {groups->groups(), groups->same_shard()};
  CollectivePatterns patterns(built.network, *built.router, devices, scenario.stack, false,
                              std::move(families));
  CollectiveChooser chooser = chooser_of(scenario, patterns);
  const std::int64_t steps = 1 + kSimulatedRuns * kStepsPerRun;
  const SyncSgd program = training_program(scenario, workers, steps, groups, &chooser);
  expect_simulable(scenario, workers,
                   simulation_size(program, static_cast<int>(workers), steps, scenario.fidelity));
}

}  // namespace

void expect_predictable(const Scenario& scenario) {
  const BuiltNetwork built(scenario);
  if (scenario.fidelity == Fidelity::analytic) refuse_unknown_ends(scenario.stack);
  for (const std::int64_t workers : scenario.workers) {
    const std::vector<EndpointId> devices =
        place(built.network, scenario.placement, workers, scenario.seed);
    CollectivePatterns patterns(built.network, *built.router, devices, scenario.stack, false);
    const CollectiveChooser chooser = chooser_of(scenario, patterns);
    if (!scenario.model) continue;
    (void)task_costs(scenario, calibrated_cost(scenario, workers), workers);
    (void)scenario.device.peak_rate(scenario.precision);
    expect_runs(chooser, Operation::all_reduce, scenario.all_reduce.algorithm,
                all_workers(scenario, workers));
    if (scenario.fidelity == Fidelity::message) expect_few_messages(scenario, built, devices);
  }
}

}  // namespace rehearse
