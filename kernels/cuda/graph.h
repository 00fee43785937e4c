// A graph of tensors and steps as cuDNN compiles it, as plain data: what a layer asks for can be
// built, compared and tested without the library or a device. GraphPlan (graph_plan.h) compiles it.
//
//   Graph graph;
//   const TensorId x = graph.tensor(image(8, 64, 56, 56), GraphType::bfloat16), …;
//   graph.convolution(x, w, y, window);
//
// Tensors have four extents. Of images they are batch, channels, height, width, of matrices two
// batches, rows, columns; strides are counted in elements. The number of a tensor is its place in
// tensors(), so numbers are unique.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse::cuda {

enum class GraphType : std::uint8_t { float32, float16, bfloat16, int32, boolean };

using Extents = std::array<std::int64_t, 4>;

struct Arrangement {
  Extents extents{1, 1, 1, 1};
  Extents strides{1, 1, 1, 1};

  friend auto operator<=>(const Arrangement&, const Arrangement&) = default;
};

// Images whose channels lie together: batch, height, width, channel in memory. Filters are images,
// too: output channels, input channels of the group, height, width.
Arrangement image(std::int64_t batch, std::int64_t channels, std::int64_t height,
                  std::int64_t width);

using TensorId = std::size_t;

struct GraphTensor {
  Arrangement at{};
  GraphType type = GraphType::float32;
  std::int64_t alignment = 16;      // of its address, in bytes
  bool is_virtual = false;          // never in memory
  bool tiled = false;               // in the order that fused attention sums gradients in
  std::optional<float> constant{};  // a number that the host passes, not memory of the device

  friend auto operator<=>(const GraphTensor&, const GraphTensor&) = default;
};

enum class GraphStep : std::uint8_t {
  convolution,          // input, weights -> output
  convolution_data,     // gradient of the output, weights -> that of the input
  convolution_weights,  // input, gradient of the output -> that of the weights
  product,              // of matrices, for each of the batches; those of a factor may be shared
  pointwise,
  reduction,  // over the dimensions in which the output has extent 1, or fewer
  reshape,
};

enum class Pointwise : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  exponential,
  logarithm,
  identity,
  relu,
  index,     // of each element along an axis
  at_least,  // first >= second
  exceeds,   // first > second
  select,    // of the first where the third is true, else of the second
};

enum class Reduction : std::uint8_t { sum, largest };

// Height, then width.
struct GraphWindow {
  std::array<std::int64_t, 2> strides{1, 1}, padding{0, 0}, dilations{1, 1};

  friend auto operator<=>(const GraphWindow&, const GraphWindow&) = default;
};

struct GraphOperation {
  GraphStep step = GraphStep::pointwise;
  Pointwise function = Pointwise::identity;  // of a pointwise step
  Reduction reduction = Reduction::sum;
  GraphType compute = GraphType::float32;
  std::int64_t axis = 0;  // of Pointwise::index
  GraphWindow window{};
  std::vector<TensorId> inputs;
  TensorId output = 0;

  friend auto operator<=>(const GraphOperation&, const GraphOperation&) = default;
};

class Graph {
 public:
  // In memory.
  TensorId tensor(const Arrangement& at, GraphType type);
  // Between two steps.
  TensorId between(const Arrangement& at, GraphType type = GraphType::float32);
  TensorId constant(float value);
  // Memory in which fused attention sums gradients; zero before each run.
  TensorId sums(const Arrangement& at);

  void convolution(TensorId x, TensorId w, TensorId y, const GraphWindow& window);
  void convolution_data(TensorId dy, TensorId w, TensorId dx, const GraphWindow& window);
  void convolution_weights(TensorId x, TensorId dy, TensorId dw, const GraphWindow& window);
  void product(TensorId a, TensorId b, TensorId c);
  void pointwise(Pointwise function, std::vector<TensorId> inputs, TensorId output,
                 GraphType compute = GraphType::float32);
  void index(TensorId like, std::int64_t axis, TensorId output);
  void reduce(Reduction reduction, TensorId x, TensorId y);
  void reshape(TensorId x, TensorId y);

  // The result of a step as a tensor between it and the next, arranged as `like`.
  TensorId then(Pointwise function, std::vector<TensorId> inputs);

  [[nodiscard]] const std::vector<GraphTensor>& tensors() const { return tensors_; }
  [[nodiscard]] const std::vector<GraphOperation>& operations() const { return operations_; }

  // Whether each virtual tensor is written by exactly one step before others read it, and each
  // step has as many inputs as its kind takes.
  [[nodiscard]] bool is_sound() const;

  friend auto operator<=>(const Graph&, const Graph&) = default;

 private:
  std::vector<GraphTensor> tensors_;
  std::vector<GraphOperation> operations_;
};

}  // namespace rehearse::cuda
