// The executor on a GPU, built on cuDNN, cuBLASLt and own kernels. Includes nothing of CUDA.
#pragma once

#include <memory>

#include "kernels/cuda/graph_plan.h"
#include "kernels/executor.h"

namespace rehearse {

// Throws Error::environment where the GPU does not work or has no room, Error::input for layers and
// precisions that are not computed there. Borrows the plans, and puts its work into
// their stream.
std::unique_ptr<Executor> make_cuda_executor(const Model& model, const ExecutorOptions& options,
                                             cuda::GraphPlans& graphs);

}  // namespace rehearse
