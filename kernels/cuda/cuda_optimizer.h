// Optimizers over arrays in the memory of a GPU, by its own fused kernels (updates.h). Includes
// nothing of CUDA.
#pragma once

#include <memory>
#include <vector>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/optimizer.h"

namespace rehearse {

// Puts its work into the stream, which it borrows. Throws Error::input as expect_optimizer.
std::unique_ptr<Optimizer> make_cuda_optimizer(const OptimizerOptions& options,
                                               std::vector<OptimizerTensor> tensors,
                                               const cuda::Stream& stream);

}  // namespace rehearse
