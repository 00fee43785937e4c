// Sums over rows, columns and whole arrays, on a GPU. The order of additions is a function of the
// sizes alone. Launchers keep the rules of elementwise.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// Rows of a matrix are summed in so many parts, which are then added: parts and columns run side by
// side, enough of them to keep a GPU busy where there are few columns.
constexpr std::int64_t column_parts(std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kLeast = 64, kSideBySide = 1 << 18;
  return std::clamp<std::int64_t>(rows, 1, std::max(kLeast, kSideBySide / columns));
}
// Floats of scratch memory that column_sums() of so many columns needs at most.
constexpr std::int64_t column_scratch(std::int64_t columns) {
  return column_parts(std::numeric_limits<std::int64_t>::max(), columns) * columns;
}

// sums[c] = sum over rows of x[row, c]: the gradient of a bias. `scratch` has column_scratch()
// floats. REQUIRES: sums.elements divides x.elements.
void column_sums(const Tensor& x, const Tensor& sums, float* scratch, StreamHandle stream);

// Pieces of an array whose sums are added one after the other, and doubles of scratch memory for
// sum_of_squares().
inline constexpr std::int64_t kSquarePiece = 65536;
constexpr std::int64_t square_scratch(std::int64_t elements) {
  return (elements + kSquarePiece - 1) / kSquarePiece;
}

// *sum = sum of x^2 in fp64; `scratch` has square_scratch(x.elements) doubles. For the clipping of
// gradients and for lars.
void sum_of_squares(const Tensor& x, double* sum, double* scratch, StreamHandle stream);

// *found = 1 where an element is infinite or not a number; else leaves it: zero it first.
void find_overflow(const Tensor& x, std::int32_t* found, StreamHandle stream);

}  // namespace rehearse::cuda
