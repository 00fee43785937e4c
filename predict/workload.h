// What a scenario amounts to at one point of its sweep: the tasks of the devices and the training
// program of a worker.
#pragma once

#include <cstdint>

#include "kernels/cost_model.h"
#include "runtime/sync_sgd.h"
#include "scenarios/scenario.h"
#include "sim/sim_device.h"

namespace rehearse {

// The device's cost model when `workers` take part, with the factor of the scenario's calibration
// if it has one.
CostModel calibrated_cost(const Scenario& scenario, std::int64_t workers);

// Memory traffic of one optimizer step over so many parameters: read weight and gradient, write the
// weight, read and write each slot; 4 bytes each.
Bytes update_traffic(const Scenario& scenario, std::int64_t parameters);

TaskCosts task_costs(const Scenario& scenario, const CostModel& cost, std::int64_t workers);

SyncSgd training_program(const Scenario& scenario, std::int64_t workers, std::int64_t steps);

// Those who average gradients together.
struct Averaging {
  int ranks;
  int ranks_per_node;  // those that a hierarchical all-reduce sums first
};

// All workers, and those that hold the same shard of split layers.
Averaging all_workers(const Scenario& scenario, std::int64_t workers);
Averaging same_shard(const Scenario& scenario, std::int64_t workers);

// The algorithm for a message of `bytes`: the scenario's, or what the usual library picks (NCCL on
// accelerators, Open MPI on CPUs) for "auto".
Algorithm algorithm_for(const Scenario& scenario, const Averaging& among, double bytes);

}  // namespace rehearse
