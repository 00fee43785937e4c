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
// weight, read and write each slot; 4 bytes each.
Bytes update_traffic(const Scenario& scenario, std::int64_t parameters);

TaskCosts task_costs(const JobPoint& job, const CostModel& cost);

// Of servers and masters, which work in the memory of their host: updates and arithmetic at
// training.servers.update_bandwidth on hosts of accelerators, as the device does on measured CPUs.
TaskCosts server_costs(const JobPoint& job, const TaskCosts& of_workers);

}  // namespace rehearse
