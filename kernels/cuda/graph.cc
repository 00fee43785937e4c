#include "kernels/cuda/graph.h"

#include <utility>

#include "base/contract.h"

namespace rehearse::cuda {

Arrangement image(std::int64_t batch, std::int64_t channels, std::int64_t height,
                  std::int64_t width) {
  return {{batch, channels, height, width},
          {channels * height * width, 1, channels * width, channels}};
}

TensorId Graph::tensor(const Arrangement& at, GraphType type) {
  tensors_.push_back({.at = at, .type = type});
  return tensors_.size() - 1;
}

TensorId Graph::between(const Arrangement& at, GraphType type) {
  tensors_.push_back({.at = at, .type = type, .is_virtual = true});
  return tensors_.size() - 1;
}

TensorId Graph::constant(float value) {
  tensors_.push_back({.constant = value});
  return tensors_.size() - 1;
}

TensorId Graph::sums(const Arrangement& at) {
  tensors_.push_back({.at = at, .tiled = true});
  return tensors_.size() - 1;
}

void Graph::convolution(TensorId x, TensorId w, TensorId y, const GraphWindow& window) {
  operations_.push_back(
      {.step = GraphStep::convolution, .window = window, .inputs = {x, w}, .output = y});
}

void Graph::convolution_data(TensorId dy, TensorId w, TensorId dx, const GraphWindow& window) {
  operations_.push_back(
      {.step = GraphStep::convolution_data, .window = window, .inputs = {dy, w}, .output = dx});
}

void Graph::convolution_weights(TensorId x, TensorId dy, TensorId dw, const GraphWindow& window) {
  operations_.push_back(
      {.step = GraphStep::convolution_weights, .window = window, .inputs = {x, dy}, .output = dw});
}

void Graph::product(TensorId a, TensorId b, TensorId c) {
  operations_.push_back({.step = GraphStep::product, .inputs = {a, b}, .output = c});
}

void Graph::pointwise(Pointwise function, std::vector<TensorId> inputs, TensorId output,
                      GraphType compute) {
  operations_.push_back({.step = GraphStep::pointwise,
                         .function = function,
                         .compute = compute,
                         .inputs = std::move(inputs),
                         .output = output});
}

void Graph::index(TensorId like, std::int64_t axis, TensorId output) {
  operations_.push_back({.step = GraphStep::pointwise,
                         .function = Pointwise::index,
                         .compute = tensors_.at(output).type,
                         .axis = axis,
                         .inputs = {like},
                         .output = output});
}

void Graph::reduce(Reduction reduction, TensorId x, TensorId y) {
  operations_.push_back(
      {.step = GraphStep::reduction, .reduction = reduction, .inputs = {x}, .output = y});
}

void Graph::reshape(TensorId x, TensorId y) {
  operations_.push_back({.step = GraphStep::reshape, .inputs = {x}, .output = y});
}

TensorId Graph::then(Pointwise function, std::vector<TensorId> inputs) {
  const TensorId result = between(tensors_.at(inputs.front()).at);
  pointwise(function, std::move(inputs), result);
  return result;
}

namespace {

std::size_t inputs_of(const GraphOperation& operation) {
  switch (operation.step) {
    case GraphStep::convolution:
    case GraphStep::convolution_data:
    case GraphStep::convolution_weights:
    case GraphStep::product:
      return 2;
    case GraphStep::reduction:
    case GraphStep::reshape:
      return 1;
    case GraphStep::pointwise:
      break;
  }
  switch (operation.function) {
    case Pointwise::add:
    case Pointwise::subtract:
    case Pointwise::multiply:
    case Pointwise::divide:
    case Pointwise::at_least:
    case Pointwise::exceeds:
      return 2;
    case Pointwise::exponential:
    case Pointwise::logarithm:
    case Pointwise::identity:
    case Pointwise::relu:
    case Pointwise::index:
      return 1;
    case Pointwise::select:
      break;
  }
  return 3;
}

}  // namespace

bool Graph::is_sound() const {
  std::vector<bool> written(tensors_.size(), false);
  for (const GraphOperation& operation : operations_) {
    if (operation.inputs.size() != inputs_of(operation)) return false;
    for (const TensorId input : operation.inputs) {
      if (tensors_.at(input).is_virtual && !written[input]) return false;
    }
    if (written.at(operation.output) || tensors_[operation.output].constant) return false;
    written[operation.output] = true;
  }
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i].is_virtual && !written[i]) return false;
  }
  return true;
}

}  // namespace rehearse::cuda
