#include "kernels/models/layer_inference.h"

#include "base/error.h"
#include "kernels/models/model_limits.h"

namespace rehearse {
namespace {

void check_range(const char* what, std::int64_t value, std::int64_t least) {
  if (value >= least && value <= kMaxDimension) return;
  throw Error::input(
      std::string(what) + " " + std::to_string(value) + " is out of range",
      "it must be between " + std::to_string(least) + " and " + std::to_string(kMaxDimension));
}

void check_inputs(const Layer& layer, std::size_t found) {
  const bool joins = layer.kind == LayerKind::add || layer.kind == LayerKind::concat;
  if (joins ? found >= 2 : found == 1) return;
  throw Error::input(std::string(to_text(layer.kind)) + " takes " +
                     (joins ? "two or more inputs" : "one input") + ", not " +
                     std::to_string(found));
}

std::int64_t slide(const char* side, std::int64_t in, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding) {
  check_range("kernel", kernel, 1);
  check_range("stride", stride, 1);
  check_range("padding", padding, 0);
  if (kernel > in + 2 * padding) {
    throw Error::input(
        "a kernel of " + std::to_string(kernel) + " does not fit",
        "the padded " + std::string(side) + " of its input is " + std::to_string(in + 2 * padding));
  }
  return (in + 2 * padding - kernel) / stride + 1;
}

Shape slide(const Layer& layer, const Shape& in, std::int64_t channels) {
  const Window& window = layer.window;
  if (layer.kind != LayerKind::convolution && (2 * window.padding_height > window.kernel_height ||
                                               2 * window.padding_width > window.kernel_width)) {
    throw Error::input("the padding of a pool is more than half its kernel",
                       "windows would lie in the padding alone");
  }
  return {
      channels,
      slide("height", in.height, window.kernel_height, window.stride_height, window.padding_height),
      slide("width", in.width, window.kernel_width, window.stride_width, window.padding_width),
      in.sequence};
}

void check_groups(const Layer& layer, const Shape& in, std::int64_t features) {
  check_range("groups", layer.groups, 1);
  if (in.channels % layer.groups == 0 && features % layer.groups == 0) return;
  throw Error::input(std::to_string(layer.groups) + " groups do not divide " +
                     std::to_string(in.channels) + " input and " + std::to_string(features) +
                     " output channels");
}

Shape join_channels(const std::vector<Shape>& inputs) {
  Shape sum = inputs.front();
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    Shape same = inputs[i];
    same.channels = sum.channels;
    if (same != sum) {
      throw Error::input("concat of " + to_text(inputs.front()) + " and " + to_text(inputs[i]),
                         "only channels may differ");
    }
    sum.channels += inputs[i].channels;
    check_range("channels", sum.channels, 1);  // before the next one could overflow
  }
  return sum;
}

const Shape& check_equal(const std::vector<Shape>& inputs) {
  for (const Shape& shape : inputs) {
    if (shape == inputs.front()) continue;
    throw Error::input("add of " + to_text(inputs.front()) + " and " + to_text(shape),
                       "the shapes must be equal");
  }
  return inputs.front();
}

Shape infer(const Layer& layer, const std::vector<Shape>& inputs, std::int64_t features) {
  const Shape& in = inputs.front();
  switch (layer.kind) {
    case LayerKind::convolution:
      check_range("channels", features, 1);
      check_groups(layer, in, features);
      return slide(layer, in, features);
    case LayerKind::dense:
      check_range("features", features, 1);
      return {features, 1, 1, in.sequence};
    case LayerKind::max_pool:
    case LayerKind::average_pool:
      return slide(layer, in, in.channels);
    case LayerKind::global_average_pool:
      return {in.channels, 1, 1, in.sequence};
    case LayerKind::flatten:
      return {in.channels * in.height * in.width, 1, 1, in.sequence};
    case LayerKind::add:
      return check_equal(inputs);
    case LayerKind::concat:
      return join_channels(inputs);
    case LayerKind::lrn:
      check_range("size", layer.lrn_size, 1);
      return in;
    case LayerKind::dropout:
      if (!(layer.dropout_rate >= 0 && layer.dropout_rate < 1)) {
        throw Error::input("the dropout rate is out of range", "it must be in [0, 1)");
      }
      return in;
    case LayerKind::input:
    case LayerKind::relu:
    case LayerKind::batch_norm:
    case LayerKind::softmax_cross_entropy:
      break;
  }
  return in;
}

}  // namespace

void check_shape(const Shape& shape) {
  check_range("channels", shape.channels, 1);
  check_range("height", shape.height, 1);
  check_range("width", shape.width, 1);
  check_range("sequence", shape.sequence, 1);
  const double elements = static_cast<double>(shape.channels) * static_cast<double>(shape.height) *
                          static_cast<double>(shape.width) * static_cast<double>(shape.sequence);
  if (elements > static_cast<double>(kMaxTensorElements)) {
    throw Error::input("a tensor of " + to_text(shape) + " is too large",
                       "at most " + std::to_string(kMaxTensorElements) + " elements");
  }
}

Shape infer_output(const Layer& layer, const std::vector<Shape>& inputs, std::int64_t features) {
  check_inputs(layer, inputs.size());
  const Shape shape = infer(layer, inputs, features);
  if (layer.kind != LayerKind::flatten) check_shape(shape);  // a view has no more than its input
  return shape;
}

std::vector<ParameterTensor> infer_parameters(const Layer& layer,
                                              const std::vector<Shape>& inputs) {
  const Shape& in = inputs.front();
  const std::int64_t features = layer.output.channels;
  if (layer.kind == LayerKind::batch_norm) {
    return {{layer.name + ".weight", features}, {layer.name + ".bias", features}};
  }
  if (layer.kind != LayerKind::convolution && layer.kind != LayerKind::dense) return {};

  const bool dense = layer.kind == LayerKind::dense;
  const Window& window = layer.window;
  const double exact =
      dense ? static_cast<double>(in.elements() / in.sequence) * static_cast<double>(features)
            : static_cast<double>(in.channels / layer.groups) * static_cast<double>(features) *
                  static_cast<double>(window.kernel_height) *
                  static_cast<double>(window.kernel_width);
  if (exact > static_cast<double>(kMaxParameterElements)) {
    throw Error::input("its weight is too large",
                       "at most " + std::to_string(kMaxParameterElements) + " elements");
  }
  // Below 2^53 a double is exact.
  std::vector<ParameterTensor> tensors{{layer.name + ".weight", static_cast<std::int64_t>(exact)}};
  if (layer.bias) tensors.push_back({layer.name + ".bias", features});
  return tensors;
}

}  // namespace rehearse
