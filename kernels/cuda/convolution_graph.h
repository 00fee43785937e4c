// A convolution as cuDNN takes it, in each direction. Activations are images whose channels lie
// together (image() in graph.h), weights are output channel, height, width, input channel of the
// group. The number of groups follows from the channels of input and weights.
#pragma once

#include <cstdint>

#include "kernels/cuda/graph.h"

namespace rehearse::cuda {

struct ConvolutionShape {
  std::int64_t batch = 1;
  std::int64_t in_channels = 1, in_height = 1, in_width = 1;
  std::int64_t out_channels = 1, out_height = 1, out_width = 1;
  std::int64_t groups = 1;
  std::int64_t kernel_height = 1, kernel_width = 1;
  GraphWindow window{};

  [[nodiscard]] Arrangement input() const;
  [[nodiscard]] Arrangement output() const;
  [[nodiscard]] Arrangement weights() const;
  [[nodiscard]] Arrangement bias() const;
};

// REQUIRES: a convolution of images (no depth).
ConvolutionShape convolution_shape(const Layer& layer, const Shape& in, std::int64_t batch);

// Tensors by number, in this order: input, weights, output, then the bias if there is one.
struct ConvolutionTensors {
  TensorId x = 0, w = 0, y = 0, bias = 0;
};

struct ConvolutionGraph {
  Graph graph;
  ConvolutionTensors tensors;
};

// y = relu(x * w + bias), without what is not asked for.
ConvolutionGraph convolution_forward(const ConvolutionShape& shape, GraphType type, bool bias,
                                     bool relu);
// `y` is its gradient, `x` the result.
ConvolutionGraph convolution_backward_data(const ConvolutionShape& shape, GraphType type);
// `y` is its gradient, `w` the result.
ConvolutionGraph convolution_backward_weights(const ConvolutionShape& shape, GraphType type);

}  // namespace rehearse::cuda
