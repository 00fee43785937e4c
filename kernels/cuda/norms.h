// Layer normalisation and its form without mean, RMS normalisation, of rows on a GPU, as
// kernels/cpu/step_norm.cc computes them: y = scale (x - mean) / sqrt(variance + 1e-5) + shift.
// Launchers keep the rules of elementwise.h.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

struct NormShape {
  std::int64_t rows = 0, width = 0;
  bool centred = true;  // false: RMS normalisation, without mean and shift
};

// `moments` gets, of each row, the mean (0 if not centred) and 1 / deviation: 2 floats, which the
// backward pass needs. `shift` is not read if not centred.
void norm_forward(const NormShape& shape, const Tensor& x, const Tensor& scale, const Tensor& shift,
                  const Tensor& y, float* moments, StreamHandle stream);

// dx may be dy.
void norm_backward_data(const NormShape& shape, const Tensor& x, const Tensor& dy,
                        const Tensor& scale, const float* moments, const Tensor& dx,
                        StreamHandle stream);

// Gradients of scale and, if centred, of shift. `scratch` has 2 column_scratch(width) floats
// (reductions.h).
void norm_backward_parameters(const NormShape& shape, const Tensor& x, const Tensor& dy,
                              const float* moments, const Tensor& dscale, const Tensor& dshift,
                              float* scratch, StreamHandle stream);

}  // namespace rehearse::cuda
