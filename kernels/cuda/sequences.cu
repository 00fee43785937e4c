#include "kernels/cuda/sequences.h"

#include "kernels/cuda/bodies/sequence_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {

void embed(const TableShape& shape, const std::int32_t* tokens, const Tensor& table,
           const Tensor& y, StreamHandle stream) {
  EXPECTS(table.elements == shape.rows * shape.width && y.elements % shape.width == 0);
  for_each(y.elements, Embedded{shape, tokens, inputs_of(table), outputs_of(y)}, stream);
}

void embed_backward(const TableShape& shape, const SortedTokens& tokens, const Tensor& dy,
                    const Tensor& dtable, StreamHandle stream) {
  EXPECTS(dtable.elements == shape.rows * shape.width && dy.elements % shape.width == 0);
  for_each(tokens.distinct * shape.width,
           TableGradient{shape, tokens, inputs_of(dy), outputs_of(dtable)}, stream);
}

void add_positions(const PositionShape& shape, const Tensor& x, const Tensor& table,
                   const Tensor& y, StreamHandle stream) {
  EXPECTS(x.elements == shape.batch * shape.steps * shape.width && y.elements == x.elements);
  EXPECTS(shape.first + shape.steps <= shape.positions);
  EXPECTS(table.elements == shape.positions * shape.width);
  for_each(x.elements, PositionSum{shape, inputs_of(x), inputs_of(table), outputs_of(y)}, stream);
}

void positions_backward(const PositionShape& shape, const Tensor& dy, const Tensor& dtable,
                        StreamHandle stream) {
  EXPECTS(dy.elements == shape.batch * shape.steps * shape.width);
  EXPECTS(dtable.elements == shape.positions * shape.width);
  for_each(dtable.elements, PositionGradient{shape, inputs_of(dy), outputs_of(dtable)}, stream);
}

void rotate(const RotaryShape& shape, const float* cosines, const float* sines, bool backward,
            const Tensor& x, const Tensor& y, StreamHandle stream) {
  EXPECTS(x.elements == shape.rows * shape.width && y.elements == x.elements);
  EXPECTS(2 * shape.half * shape.turned <= shape.width);
  for_each(x.elements,
           Rotation{shape, cosines, sines, backward ? -1.0F : 1.0F, inputs_of(x), outputs_of(y)},
           stream);
}

void swap_axes(const Tensor& x, std::int64_t first, std::int64_t second, const Tensor& y,
               StreamHandle stream) {
  EXPECTS(x.elements == y.elements && x.elements % (first * second) == 0 && x.data != y.data);
  for_each(x.elements,
           SwappedAxes{inputs_of(x), first, second, x.elements / (first * second), outputs_of(y)},
           stream);
}

}  // namespace rehearse::cuda
