// SwiGLU of rows: silu(gate) value, where a row of 2 n holds n gates, then n values.
#pragma once

#include <cstddef>

namespace rehearse::cpu {

void gated_unit(const float* pairs, float* to, std::size_t rows, std::size_t n);

// `to`, the gradient of the pairs, may be `pairs`.
void gated_unit_gradient(const float* pairs, const float* gradient, float* to, std::size_t rows,
                         std::size_t n);

}  // namespace rehearse::cpu
