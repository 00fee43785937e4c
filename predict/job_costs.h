// What a job costs at one point of its sweep: the times of the tasks of its devices.
#pragma once

#include <cstdint>

#include "kernels/devices/cost_model.h"
#include "predict/job_point.h"
#include "sim/worlds/sim_device.h"

namespace rehearse {

// The device's cost model when all workers take part, with the factor of the scenario's calibration
// if it has one.
CostModel calibrated_cost(const JobPoint& job);

// Memory traffic of one optimizer step over so many parameters: read weight and gradient, write the
// weight, read and write each slot; 4 bytes each. Weights of 2 bytes have a master copy of 4, which
// is read and written, and are written themselves; gradients are as they are stored. lamb reads
// weight and slots twice (repeated_passes).
Bytes update_traffic(const Scenario& scenario, std::int64_t parameters);

// Of the time that a device computes in a step, forward and backward, what repeats operators whose
// results were not kept (training.parallelism.recompute). 0 to 1/3.
double recomputed_share(const JobPoint& job, const CostModel& cost);

TaskCosts task_costs(const JobPoint& job, const CostModel& cost);

// Of servers and masters, which work in the memory of their host: updates and arithmetic at
// training.servers.update_bandwidth on hosts of accelerators, as the device does on measured CPUs.
TaskCosts server_costs(const JobPoint& job, const TaskCosts& of_workers);

}  // namespace rehearse
