// The executor on this machine's CPU cores, built on oneDNN.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kernels/executor.h"

namespace rehearse {

struct CpuExecutorOptions {
  std::int64_t batch = 1;
  int threads = 1;
  std::uint64_t dropout_seed = 1;
};

// Throws Error::environment when the memory cannot be had.
std::unique_ptr<Executor> make_cpu_executor(const Model& model, const CpuExecutorOptions& options);

// "oneDNN 2.6.3".
std::string cpu_kernel_library();

}  // namespace rehearse
