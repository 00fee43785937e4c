// What varies in the simulated runs of a job.
#pragma once

#include "predict/job_point.h"
#include "sim/noise/noise.h"
#include "sim/worlds/sim_device.h"

namespace rehearse {

struct StepsOfRuns {
  int runs = 1;
  int steps_per_run = 1;
  int warm_up = 0;
};

NoiseOptions job_noise(const JobPoint& job, const TaskCosts& costs, const StepsOfRuns& steps);

}  // namespace rehearse
