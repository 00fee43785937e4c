// What experts do with their rows, each of which is a copy of a step.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/cpu/steps.h"

namespace rehearse::cpu {

// Adds the bias to each of `count` rows.
inline void add_bias(const float* bias, float* rows, std::size_t count, std::size_t width) {
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t i = 0; i < width; ++i) rows[row * width + i] += bias[i];
  }
}

inline void sum_rows(const float* rows, std::size_t count, std::size_t width, float* to) {
  std::fill_n(to, width, 0.0F);
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t i = 0; i < width; ++i) to[i] += rows[row * width + i];
  }
}

// to = gradients^T inputs, of `out` x `in`; zeros where there are no rows.
inline void weight_gradient(const float* gradients, const float* inputs, std::size_t count,
                            std::size_t out, std::size_t in, float* to) {
  if (count == 0) {
    std::fill_n(to, out * in, 0.0F);
    return;
  }
  multiply({.rows = out, .columns = in, .inner = count}, {gradients, out, true}, {inputs, in}, to,
           in);
}

}  // namespace rehearse::cpu
