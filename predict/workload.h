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

// Memory traffic of one optimizer step: read weight and gradient, write the weight, read and write
// each slot; 4 bytes each.
Bytes update_traffic(const Scenario& scenario);

TaskCosts task_costs(const Scenario& scenario, const CostModel& cost, std::int64_t worker_batch);

SyncSgd training_program(const Scenario& scenario, std::int64_t workers, std::int64_t steps);

// The algorithm for a message of `bytes` among `workers`: the scenario's, or what the usual library
// picks (NCCL on accelerators, Open MPI on CPUs) for "auto".
AllReduce algorithm_for(const Scenario& scenario, std::int64_t workers, double bytes);

// Ranks of one node: those that a hierarchical all-reduce sums first.
int ranks_per_node(const Scenario& scenario, std::int64_t workers);

}  // namespace rehearse
