// Layers that compute each step of a sequence, or each vector, by itself.
#pragma once

#include <cstddef>

#include "kernels/cpu/operation.h"

namespace rehearse::cpu {

// An input as a matrix: a row for each step of each sample.
struct Steps {
  std::size_t rows, width;

  [[nodiscard]] std::size_t elements() const { return rows * width; }
};

// Throws Error::input for images.
Steps steps_of(const Site& site, std::size_t which = 0);

// C = alpha op(A) op(B) + beta C of row-major matrices; op transposes where asked. Uses the threads
// of the caller, one inside a parallel region. REQUIRES: extents and strides above 0.
struct Matrix {
  const float* values;
  std::size_t stride;  // floats from row to row
  bool transposed = false;
};
struct Product {
  std::size_t rows, columns, inner;
  float alpha = 1, beta = 0;
};
void multiply(const Product& product, const Matrix& a, const Matrix& b, float* c,
              std::size_t stride);

}  // namespace rehearse::cpu
