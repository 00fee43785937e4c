// What a scenario amounts to at one point of its sweep: the tasks of the devices and the training
// program of a worker.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/devices/cost_model.h"
#include "runtime/parallel/split_groups.h"
#include "runtime/strategies/sync_sgd.h"
#include "scenarios/scenario.h"
#include "sim/collectives/collective_chooser.h"
#include "sim/worlds/sim_device.h"

namespace rehearse {

// The device's cost model when `workers` take part, with the factor of the scenario's calibration
// if it has one.
CostModel calibrated_cost(const Scenario& scenario, std::int64_t workers);

// Memory traffic of one optimizer step over so many parameters: read weight and gradient, write the
// weight, read and write each slot; 4 bytes each.
Bytes update_traffic(const Scenario& scenario, std::int64_t parameters);

TaskCosts task_costs(const Scenario& scenario, const CostModel& cost, std::int64_t workers);

// The groups of workers over which layers are split; null where none is.
std::shared_ptr<const SplitGroups> split_groups(const Scenario& scenario, std::int64_t workers);

// How a simulated job finds the algorithms of its collectives. Borrows the patterns, which know the
// groups of the job. `back_to_back`: CollectiveChooser::Options.
CollectiveChooser chooser_of(const Scenario& scenario, CollectivePatterns& patterns,
                             bool back_to_back = false);

// `groups` as split_groups makes them. `chooser`: of a simulated world, which outlives the program;
// null in a real one, where the library chooses what is native, and auto is what Open MPI would.
SyncSgd training_program(const Scenario& scenario, std::int64_t workers, std::int64_t steps,
                         std::shared_ptr<const SplitGroups> groups, CollectiveChooser* chooser);

// Those who average gradients together.
struct Averaging {
  int ranks;
  int ranks_per_node;  // those that a hierarchical all-reduce sums first
};

// All workers, and those that hold the same shard of split layers.
Averaging all_workers(const Scenario& scenario, std::int64_t workers);
Averaging same_shard(const Scenario& scenario, std::int64_t workers);

}  // namespace rehearse
