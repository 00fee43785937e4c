// One thing that the calibration of kernels times.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "calibrate/machine/kernels.h"
#include "kernels/models/work.h"

namespace rehearse {

struct BenchmarkCase {
  std::string key;
  std::int64_t batch = 1;
  Work forward, backward_data, backward_weights;
  // Seconds of the three directions. Called in a process of its own that is bound to its cores.
  std::function<std::vector<double>()> measure;
  // The same with warm caches; not set for what has no such state.
  std::function<std::vector<double>()> measure_warm;
};

// Every distinct layer, and the optimizer and the input of each job: the optimizer of the first job
// before all others, then job by job what takes longest first, so that a budget that ends early
// leaves out little.
std::vector<BenchmarkCase> benchmark_cases(const std::vector<KernelJob>& jobs, int threads);

}  // namespace rehearse
