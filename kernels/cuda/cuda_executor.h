// The executor on a GPU, built on cuDNN, cuBLASLt and own kernels. Includes nothing of CUDA.
#pragma once

#include <memory>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/executor.h"

namespace rehearse {

// Throws Error::environment where the GPU does not work or has no room, Error::input for layers and
// precisions that are not computed there. Puts its work into the stream, which it borrows.
std::unique_ptr<Executor> make_cuda_executor(const Model& model, const ExecutorOptions& options,
                                             const cuda::Stream& stream);

}  // namespace rehearse
