#include "kernels/models/work.h"

#include "base/contract.h"

namespace rehearse {
namespace {

// Passes over memory in elements for one sample, and operations for one sample; weights are passed
// over once for the whole batch.
struct Count {
  double flops = 0;
  double elements = 0;
  double weights = 0;
};

double count(const Shape& shape) { return static_cast<double>(shape.elements()); }

double weight_elements(const Layer& layer) {
  double sum = 0;
  for (const ParameterTensor& tensor : layer.parameters)
    sum += static_cast<double>(tensor.elements);
  return sum;
}

// Of a convolution or dense layer for one sample: outputs times the length of each output's sum.
double multiply_adds(const Layer& layer) {
  if (layer.kind != LayerKind::convolution && layer.kind != LayerKind::dense) return 0;
  const double per_feature = static_cast<double>(layer.parameters.front().elements) /
                             static_cast<double>(layer.output.channels);
  return count(layer.output) * per_feature;
}

double window_size(const Layer& layer) {
  return static_cast<double>(layer.window.kernel_height * layer.window.kernel_width);
}

Count forward(const Layer& layer, double in, double out) {
  switch (layer.kind) {
    case LayerKind::convolution:
    case LayerKind::dense:
      return {2 * multiply_adds(layer) + (layer.bias ? out : 0), in + out, weight_elements(layer)};
    case LayerKind::relu:
      return {out, 2 * out, 0};
    case LayerKind::max_pool:
    case LayerKind::average_pool:
      return {out * window_size(layer), in + out, 0};
    case LayerKind::global_average_pool:
      return {in, in + out, 0};
    // Mean and variance in one pass (3), then x * scale + shift in another (2).
    case LayerKind::batch_norm:
      return {5 * out, 3 * out, weight_elements(layer)};
    case LayerKind::add:
      return {in - out, in + out, 0};
    case LayerKind::concat:
      return {0, in + out, 0};
    // The sum of squares over lrn_size channels, then a power and a product; the scale is kept.
    case LayerKind::lrn:
      return {out * (2.0 * static_cast<double>(layer.lrn_size) + 3), 3 * out, 0};
    case LayerKind::dropout:
      return {2 * out, 3 * out, 0};
    case LayerKind::softmax_cross_entropy:
      return {5 * out, 3 * out, 0};
    case LayerKind::input:
    case LayerKind::flatten:
      break;
  }
  return {};
}

Count backward_data(const Layer& layer, double in, double out) {
  switch (layer.kind) {
    case LayerKind::convolution:
    case LayerKind::dense:
      return {2 * multiply_adds(layer), in + out, weight_elements(layer)};
    case LayerKind::relu:
      return {out, 3 * out, 0};
    // Reads input, output and the output's gradient, writes the input's.
    case LayerKind::max_pool:
      return {out * window_size(layer), 2 * in + 2 * out, 0};
    case LayerKind::average_pool:
      return {out * window_size(layer), in + out, 0};
    case LayerKind::global_average_pool:
      return {in, in + out, 0};
    // Reads x and dy, writes dx, with the two sums that backward_weights has made.
    case LayerKind::batch_norm:
      return {5 * out, 3 * out, weight_elements(layer)};
    case LayerKind::concat:
      return {0, in + out, 0};
    case LayerKind::lrn:
      return {out * (2.0 * static_cast<double>(layer.lrn_size) + 5), 5 * out, 0};
    case LayerKind::dropout:
      return {out, 3 * out, 0};
    case LayerKind::softmax_cross_entropy:
      return {out, 2 * out, 0};
    case LayerKind::input:
    case LayerKind::flatten:
    case LayerKind::add:
      break;  // the gradient passes through as it is
  }
  return {};
}

Count backward_weights(const Layer& layer, double in, double out) {
  switch (layer.kind) {
    case LayerKind::convolution:
    case LayerKind::dense:
      return {2 * multiply_adds(layer) + (layer.bias ? out : 0), in + out, weight_elements(layer)};
    case LayerKind::batch_norm:
      return {4 * out, 2 * out, weight_elements(layer)};
    default:
      break;
  }
  return {};
}

}  // namespace

Work work(const Model& model, std::size_t index, Direction direction, std::int64_t batch,
          Precision precision) {
  EXPECTS(index < model.layers().size() && batch >= 1);
  const Layer& layer = model.layers()[index];
  double in = 0;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) in += count(model.input_of(index, i));
  const double out = count(layer.output);

  Count total;
  if (direction == Direction::forward) total = forward(layer, in, out);
  if (direction == Direction::backward_weights) total = backward_weights(layer, in, out);
  if (direction == Direction::backward_data && model.needs_backward_data(index)) {
    total = backward_data(layer, in, out);
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
