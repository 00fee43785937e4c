// The router of a mixture of experts and the ways of rows to experts and back, on a GPU, as
// kernels/cpu/ops/router.cc and experts.cc compute them. Launchers keep the rules of elementwise.h.
//
// A row (a step of a sample) is copied once for every expert that has a weight for it. The copies
// are sorted by expert and then by row: each has a place.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

struct RouterShape {
  std::int64_t rows = 0, experts = 0, active = 0;
};
// Of the scores of each row the softmax over the `active` highest (of equal ones the first), and 0
// for the others. REQUIRES: weights is not scores.
void choose_experts(const RouterShape& shape, const Tensor& scores, const Tensor& weights,
                    StreamHandle stream);
// dscores = weight (dweight - sum of weight dweight).
void choose_experts_backward(const RouterShape& shape, const Tensor& weights,
                             const Tensor& dweights, const Tensor& dscores, StreamHandle stream);

// Memory of the GPU that find_places() fills.
struct Places {
  std::int32_t* place = nullptr;   // [row, expert]: its place, or -1
  std::int32_t* row = nullptr;     // [place], rows x active at most: the row of the copy
  std::int32_t* firsts = nullptr;  // [expert]: its first place; then the number of copies
};
// Int32 of scratch memory for find_places().
inline constexpr std::int64_t kPlaceRows = 128;
constexpr std::int64_t place_scratch(const RouterShape& shape) {
  return ((shape.rows + kPlaceRows - 1) / kPlaceRows + 1) * shape.experts;
}
void find_places(const RouterShape& shape, const Tensor& weights, const Places& places,
                 std::int32_t* scratch, StreamHandle stream);

// copies[place] = x[row of the place]. `count`: places, as firsts[experts] says.
void gather_rows(const Tensor& x, std::int64_t width, const std::int32_t* row, std::int64_t count,
                 const Tensor& copies, StreamHandle stream);
// y[row] = sum over its experts of weight times copies[place]; weight 1 without weights (no data):
// that is the gradient of gather_rows().
void combine_rows(const RouterShape& shape, const Tensor& weights, const Tensor& copies,
                  std::int64_t width, const std::int32_t* place, const Tensor& y,
                  StreamHandle stream);
// The gradient of combine_rows(): dcopies[place] = weight dy[row], and dweights[row, expert] =
// copies[place] dy[row], 0 where there is no place. `dweights` may have no data.
void combine_rows_backward(const RouterShape& shape, const Tensor& weights, const Tensor& copies,
                           std::int64_t width, const std::int32_t* place, const Tensor& dy,
                           const Tensor& dcopies, const Tensor& dweights, StreamHandle stream);

}  // namespace rehearse::cuda
