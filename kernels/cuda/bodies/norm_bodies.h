// What norms.h does with a row, and with the columns for the gradients of parameters.
#pragma once

#include <cmath>

#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/norms.h"
#include "kernels/cuda/reductions.h"

namespace rehearse::cuda {

struct NormForward {
  static constexpr float kEpsilon = 1e-5F;  // as kernels/cpu/step_norm.cc

  NormShape shape;
  Inputs x, scale, shift;
  Outputs y;
  float* moments;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
    const std::int64_t begin = row * shape.width;
    const auto n = static_cast<float>(shape.width);
    float mean = 0, squares = 0;
    if (shape.centred) {
      for (std::int64_t i = lanes.first(); i < shape.width; i += lanes.step()) {
        mean += x[begin + i];
      }
      mean = lanes.sum(mean) / n;
    }
    for (std::int64_t i = lanes.first(); i < shape.width; i += lanes.step()) {
      const float from_mean = x[begin + i] - mean;
      squares += from_mean * from_mean;
    }
    const float factor = 1.0F / sqrtf(lanes.sum(squares) / n + kEpsilon);
    if (lanes.first() == 0) {
      moments[2 * row] = mean;
      moments[2 * row + 1] = factor;
    }
    for (std::int64_t i = lanes.first(); i < shape.width; i += lanes.step()) {
      const float scaled = scale[i] * ((x[begin + i] - mean) * factor);
      y.set(begin + i, shape.centred ? scaled + shift[i] : scaled);
    }
  }
};

// With g the gradient times the scale and z the normalised input:
// factor (g - mean(g) - z mean(g z)), or without the first mean.
struct NormBackwardData {
  NormShape shape;
  Inputs x, dy, scale;
  const float* moments;
  Outputs dx;

  template <class Lanes>
  REHEARSE_HOST_DEVICE void operator()(std::int64_t row, const Lanes& lanes) const {
    const std::int64_t begin = row * shape.width;
    const auto n = static_cast<float>(shape.width);
    const float mean = moments[2 * row], factor = moments[2 * row + 1];
    float sum = 0, along = 0;
    for (std::int64_t i = lanes.first(); i < shape.width; i += lanes.step()) {
      const float g = dy[begin + i] * scale[i];
      sum += g;
      along += g * ((x[begin + i] - mean) * factor);
    }
    sum = lanes.sum(sum) / n;
    along = lanes.sum(along) / n;
    if (!shape.centred) sum = 0;
    for (std::int64_t i = lanes.first(); i < shape.width; i += lanes.step()) {
      const float z = (x[begin + i] - mean) * factor;
      dx.set(begin + i, factor * (dy[begin + i] * scale[i] - sum - z * along));
    }
  }
};

// Element (part, column): its share of the gradients of scale and shift.
struct NormParameterPart {
  NormShape shape;
  Inputs x, dy;
  const float* moments;
  std::int64_t count;  // of parts
  float *of_scale, *of_shift;

  REHEARSE_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t part = i / shape.width, column = i % shape.width;
    float scale = 0, shift = 0;
    for (std::int64_t row = shape.rows * part / count; row < shape.rows * (part + 1) / count;
         ++row) {
      const std::int64_t at = row * shape.width + column;
      const float gradient = dy[at];
      scale += gradient * ((x[at] - moments[2 * row]) * moments[2 * row + 1]);
      shift += gradient;
    }
    of_scale[i] = scale;
    of_shift[i] = shift;
  }
};

}  // namespace rehearse::cuda
