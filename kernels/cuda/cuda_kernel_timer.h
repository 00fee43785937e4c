// Times single kernels on a GPU: products of cuBLASLt, convolutions and attention of cuDNN, own
// kernels of rows; between events of the GPU. Includes nothing of CUDA.
#pragma once

#include <memory>

#include "kernels/devices/kernel_timer.h"

namespace rehearse {

// Throws Error::environment where there is no such GPU, or no GPU at all. REQUIRES: device >= 0.
std::unique_ptr<KernelTimer> cuda_kernel_timer(int device);

}  // namespace rehearse
