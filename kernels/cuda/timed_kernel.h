// One kernel that a KernelTimer times: its memory, full of random numbers, and its launch. Includes
// nothing of CUDA.
#pragma once

#include <memory>

#include "kernels/cuda/engine.h"
#include "kernels/devices/kernel_query.h"

namespace rehearse::cuda {

class TimedKernel {
 public:
  virtual ~TimedKernel() = default;
  virtual void run() = 0;  // puts it into the stream of the engine
};

// Null where it is not computed in the precision of the engine, which it borrows.
std::unique_ptr<TimedKernel> make_timed_kernel(const KernelQuery& query, Engine& engine);

}  // namespace rehearse::cuda
