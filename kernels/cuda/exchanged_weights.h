// What ranks that exchange weights do with them, on a GPU: the formulas of kernels/tensor_math.h.
// Launchers as in elementwise.h. Includes nothing of CUDA.
#pragma once

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"
#include "kernels/tensor_math.h"

namespace rehearse::cuda {

// REQUIRES of all: as many elements of each tensor.
//
// y = a - b, which may be one of them.
void subtract(const Tensor& a, const Tensor& b, const Tensor& y, StreamHandle stream);
void pull_towards(const Tensor& centre, float force, const Tensor& x, StreamHandle stream);
void gem_update(const GemFactors& factors, const Tensor& central, const GemTensors& worker,
                StreamHandle stream);

}  // namespace rehearse::cuda
