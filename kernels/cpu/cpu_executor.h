// The executor on this machine's CPU cores, built on oneDNN.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kernels/executor.h"

namespace rehearse {

// Throws Error::environment when the memory cannot be had.
std::unique_ptr<Executor> make_cpu_executor(const Model& model, const ExecutorOptions& options);

// Throws Error::input for all but fp32.
void expect_cpu_precision(Precision precision);

// "oneDNN 2.6.3".
std::string cpu_kernel_library();

}  // namespace rehearse
