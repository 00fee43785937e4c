#include "kernels/models/work.h"

#include "base/contract.h"
#include "kernels/models/ops/matrix_op.h"

namespace rehearse {
namespace {

double count(const Shape& shape) { return static_cast<double>(shape.elements()); }

}  // namespace

Work work(const Model& model, std::size_t index, Direction direction, std::int64_t batch,
          Precision precision) {
  EXPECTS(index < model.layers().size() && batch >= 1);
  const Layer& layer = model.layers()[index];
  double in = 0;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) in += count(model.input_of(index, i));
  const double out = count(layer.output);

  const LayerOp& op = op_of(layer.kind);
  SampleWork total;
  if (direction == Direction::forward) total = op.forward(layer, in, out);
  if (direction == Direction::backward_weights) total = op.backward_weights(layer, in, out);
  if (direction == Direction::backward_data && model.needs_backward_data(index)) {
    total = op.backward_data(layer, in, out);
    if (model.consumers(index) > 1) {  // sum = sum + gradient, for each consumer after the first
      const double sums = static_cast<double>(model.consumers(index) - 1);
      total.flops += sums * out;
      total.elements += 3 * sums * out;
    }
  }
  const double samples = static_cast<double>(batch);
  return {Flops(total.flops * samples),
          element_size(precision) * (total.elements * samples + total.weights)};
}

double forward_multiply_adds(const Model& model) {
  double sum = 0;
  for (const Layer& layer : model.layers()) sum += multiply_adds(layer);
  return sum;
}

Flops model_flops(const Model& model, std::int64_t batch) {
  EXPECTS(batch >= 1);
  double sum = 0;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const double directions = model.needs_backward_data(i) ? 3 : 2;  // forward, weights, data
    sum += directions * 2 * multiply_adds(model.layers()[i]);
  }
  return Flops(sum * static_cast<double>(batch));
}

}  // namespace rehearse
