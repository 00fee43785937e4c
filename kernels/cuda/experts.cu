#include "kernels/cuda/experts.h"

#include "kernels/cuda/bodies/expert_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {
namespace {

void expect_pairs(const RouterShape& shape, const Tensor& tensor) {
  EXPECTS(tensor.elements == shape.rows * shape.experts);
}

}  // namespace

void choose_experts(const RouterShape& shape, const Tensor& scores, const Tensor& weights,
                    StreamHandle stream) {
  expect_pairs(shape, scores);
  expect_pairs(shape, weights);
  EXPECTS(shape.active <= shape.experts && scores.data != weights.data);
  for_each(shape.rows, Choice{shape, inputs_of(scores), outputs_of(weights)}, stream);
}

void choose_experts_backward(const RouterShape& shape, const Tensor& weights,
                             const Tensor& dweights, const Tensor& dscores, StreamHandle stream) {
  expect_pairs(shape, weights);
  expect_pairs(shape, dweights);
  expect_pairs(shape, dscores);
  for_each(shape.rows,
           ChoiceBackward{shape, inputs_of(weights), inputs_of(dweights), outputs_of(dscores)},
           stream);
}

void find_places(const RouterShape& shape, const Tensor& weights, const Places& places,
                 std::int32_t* scratch, StreamHandle stream) {
  expect_pairs(shape, weights);
  const std::int64_t pieces = (shape.rows + kPlaceRows - 1) / kPlaceRows;
  const PlaceCount count{shape, inputs_of(weights), scratch};
  for_each(pieces * shape.experts, count, stream);
  for_each(shape.experts, PlacesBefore{pieces, shape.experts, scratch}, stream);
  for_each(1, FirstPlaces{shape.experts, scratch + pieces * shape.experts, places.firsts}, stream);
  for_each(pieces * shape.experts, PlaceRows{count, places}, stream);
}

void gather_rows(const Tensor& x, std::int64_t width, const std::int32_t* row, std::int64_t count,
                 const Tensor& copies, StreamHandle stream) {
  EXPECTS(x.elements % width == 0 && copies.elements >= count * width);
  for_each(count * width, GatheredRow{inputs_of(x), width, row, outputs_of(copies)}, stream);
}

void combine_rows(const RouterShape& shape, const Tensor& weights, const Tensor& copies,
                  std::int64_t width, const std::int32_t* place, const Tensor& y,
                  StreamHandle stream) {
  EXPECTS(y.elements == shape.rows * width);
  for_each(y.elements,
           CombinedRow{shape.experts, inputs_of(weights), inputs_of(copies), width, place,
                       outputs_of(y)},
           stream);
}

void combine_rows_backward(const RouterShape& shape, const Tensor& weights, const Tensor& copies,
                           std::int64_t width, const std::int32_t* place, const Tensor& dy,
                           const Tensor& dcopies, const Tensor& dweights, StreamHandle stream) {
  EXPECTS(dy.elements == shape.rows * width);
  for_each_row(
      shape.rows * shape.experts, width,
      CombinedRowBackward{shape.experts, inputs_of(weights), inputs_of(copies), inputs_of(dy),
                          width, place, outputs_of(dcopies), outputs_of(dweights)},
      stream);
}

}  // namespace rehearse::cuda
