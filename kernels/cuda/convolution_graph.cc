#include "kernels/cuda/convolution_graph.h"

#include "base/contract.h"

namespace rehearse::cuda {

Arrangement ConvolutionShape::input() const {
  return image(batch, in_channels, in_height, in_width);
}
Arrangement ConvolutionShape::output() const {
  return image(batch, out_channels, out_height, out_width);
}
Arrangement ConvolutionShape::weights() const {
  return image(out_channels, in_channels / groups, kernel_height, kernel_width);
}
Arrangement ConvolutionShape::bias() const { return image(1, out_channels, 1, 1); }

ConvolutionShape convolution_shape(const Layer& layer, const Shape& in, std::int64_t batch) {
  EXPECTS(in.depth == 1 && layer.output.depth == 1);
  const Window& window = layer.window;
  return {.batch = batch,
          .in_channels = in.channels,
          .in_height = in.height,
          .in_width = in.width,
          .out_channels = layer.output.channels,
          .out_height = layer.output.height,
          .out_width = layer.output.width,
          .groups = layer.groups,
          .kernel_height = window.kernel_height,
          .kernel_width = window.kernel_width,
          .window = {.strides = {window.stride_height, window.stride_width},
                     .padding = {window.padding_height, window.padding_width},
                     .dilations = {window.dilation_height, window.dilation_width}}};
}

namespace {

// y = relu(x + bias) with what is asked for; the last step writes `y`.
void finish(Graph& graph, TensorId x, TensorId bias, TensorId y, bool has_bias, bool relu) {
  if (has_bias && relu) {
    graph.pointwise(Pointwise::relu, {graph.then(Pointwise::add, {x, bias})}, y);
  } else if (has_bias) {
    graph.pointwise(Pointwise::add, {x, bias}, y);
  } else {
    graph.pointwise(Pointwise::relu, {x}, y);
  }
}

}  // namespace

ConvolutionGraph convolution_forward(const ConvolutionShape& shape, GraphType type, bool bias,
                                     bool relu) {
  ConvolutionGraph made;
  ConvolutionTensors& at = made.tensors;
  at.x = made.graph.tensor(shape.input(), type);
  at.w = made.graph.tensor(shape.weights(), type);
  at.y = made.graph.tensor(shape.output(), type);
  if (bias) at.bias = made.graph.tensor(shape.bias(), type);
  if (!bias && !relu) {
    made.graph.convolution(at.x, at.w, at.y, shape.window);
    return made;
  }
  const TensorId raw = made.graph.between(shape.output());
  made.graph.convolution(at.x, at.w, raw, shape.window);
  finish(made.graph, raw, at.bias, at.y, bias, relu);
  return made;
}

ConvolutionGraph convolution_backward_data(const ConvolutionShape& shape, GraphType type) {
  ConvolutionGraph made;
  ConvolutionTensors& at = made.tensors;
  at.x = made.graph.tensor(shape.input(), type);
  at.w = made.graph.tensor(shape.weights(), type);
  at.y = made.graph.tensor(shape.output(), type);
  made.graph.convolution_data(at.y, at.w, at.x, shape.window);
  return made;
}

ConvolutionGraph convolution_backward_weights(const ConvolutionShape& shape, GraphType type) {
  ConvolutionGraph made;
  ConvolutionTensors& at = made.tensors;
  at.x = made.graph.tensor(shape.input(), type);
  at.w = made.graph.tensor(shape.weights(), type);
  at.y = made.graph.tensor(shape.output(), type);
  made.graph.convolution_weights(at.x, at.y, at.w, shape.window);
  return made;
}

}  // namespace rehearse::cuda
