// Products with weights, tables of embeddings and recurrent layers.
#include <algorithm>

#include "base/error.h"
#include "kernels/models/importers/onnx/rules.h"

namespace rehearse::onnx_import {
namespace {

// A matrix of `inputs` x `outputs`, perhaps with a bias.
struct Matrix {
  std::int64_t inputs = 0, outputs = 0;
  std::string weight{}, bias{};
  bool has_bias = false;
};

bool holds_positions(const Axis& axis) {
  return holds(axis, Role::depth) || holds(axis, Role::height) || holds(axis, Role::width);
}

[[noreturn]] void refuse_product(const Activation& in, const Matrix& matrix) {
  throw Error::input("it multiplies " + to_text(in.dims()) + " by a matrix of " +
                         std::to_string(matrix.inputs) + "x" + std::to_string(matrix.outputs),
                     "the last extent must hold all features of a step or a sample");
}

// Over each position of an image a dense layer is a convolution of one position.
std::size_t add_product(Network& network, const Node& node, const Activation& in,
                        const Matrix& matrix) {
  const Shape& shape = network.shape(in.layer);
  const Axis& last = in.axes.back();
  const bool positions = std::any_of(in.axes.begin(), in.axes.end() - 1, holds_positions);
  const std::int64_t features = positions ? shape.channels : shape.elements() / shape.sequence;
  if (extent_of(last) != matrix.inputs || features != matrix.inputs || holds(last, Role::step) ||
      holds(last, Role::batch) || holds(last, Role::repeat)) {
    refuse_product(in, matrix);
  }
  LayerSpec spec{.kind = positions ? LayerKind::convolution : LayerKind::dense,
                 .inputs = {in.layer},
                 .features = matrix.outputs,
                 .bias = matrix.has_bias};
  const std::optional<std::size_t> owner = network.owner(matrix.weight);
  if (owner && !positions) {
    const LayerKind kind = network.layers()[*owner].kind;
    if (kind == LayerKind::embedding || kind == LayerKind::dense) spec.tied = owner;
  }
  const bool tied = spec.tied.has_value();
  const std::size_t layer = network.add(node, std::move(spec), tied ? "" : matrix.weight);
  if (!tied) network.own(matrix.weight, layer);
  network.own(matrix.bias, layer);
  return layer;
}

Activation multiplied(Network& network, const Node& node, const Activation& in,
                      const Matrix& matrix) {
  if (in.axes.empty()) refuse_product(in, matrix);
  Activation out = in;
  out.layer = add_product(network, node, in, matrix);
  out.channels = matrix.outputs;
  out.axes.back() = merged({{Role::channel, matrix.outputs, 1}});
  return out;
}

// The sum with a learnt vector that alone reads the product.
const Node* bias_of(const Network& network, const Node& node, Matrix& matrix) {
  const std::string& product = node.outputs.at(0);
  const std::vector<const Node*>& readers = network.readers(product);
  if (readers.size() != 1 || readers.front()->op != "Add" || network.is_output(product)) {
    return nullptr;
  }
  const Node& sum = *readers.front();
  for (const std::string& input : sum.inputs) {
    const Constant* bias = network.constant(input);
    if (bias == nullptr || bias->integer || bias->weight.empty()) continue;
    if (elements_of(bias->dims) != matrix.outputs) continue;
    matrix.bias = bias->weight;
    matrix.has_bias = true;
    return &sum;
  }
  return nullptr;
}

// Tokens become rows of a table.
void take_embedding(Network& network, const Node& node, const Constant& table) {
  if (table.dims.size() != 2 || node.integer("axis", 0) != 0 || table.weight.empty()) {
    throw Error::input("its table of " + to_text(table.dims) + " is no matrix of learnt rows");
  }
  const Constant own = table;
  Activation in = network.whole(node, 1);
  LayerSpec spec{.kind = LayerKind::embedding, .inputs = {in.layer}, .features = own.dims[1]};
  spec.vocabulary = own.dims[0];
  in.layer = network.add(node, std::move(spec), own.weight);
  network.own(own.weight, in.layer);
  in.axes.push_back(merged({{Role::channel, own.dims[1], 1}}));
  in.channels = own.dims[1];
  network.set(node, std::move(in));
}

}  // namespace

void take_product(Network& network, const Node& node) {
  const Constant* weight = network.constant(node, 1);
  if (weight == nullptr) return take_activation_product(network, node);
  if (weight->dims.size() != 2) {
    throw Error::input("its constant of " + to_text(weight->dims) + " is no matrix");
  }
  Matrix matrix{.inputs = weight->dims[0],
                .outputs = weight->dims[1],
                .weight = weight->weight.empty() ? node.inputs[1] : weight->weight};
  const Node* sum = bias_of(network, node, matrix);
  const Activation in = network.whole(node, 0);
  Activation out = multiplied(network, node, in, matrix);
  if (sum == nullptr) return network.set(node, std::move(out));
  network.skip(*sum);
  network.set(*sum, std::move(out));
}

void take_gemm(Network& network, const Node& node) {
  const Constant* weight = network.constant(node, 1);
  if (weight == nullptr || weight->dims.size() != 2 || node.integer("transA", 0) != 0) {
    throw Error::input("it is no product of an activation and a constant matrix");
  }
  const bool transposed = node.integer("transB", 0) != 0;
  Matrix matrix{.inputs = weight->dims[transposed ? 1 : 0],
                .outputs = weight->dims[transposed ? 0 : 1],
                .weight = weight->weight.empty() ? node.inputs[1] : weight->weight,
                .has_bias = node.gives(2)};
  if (node.gives(2)) {
    const Constant* bias = network.constant(node, 2);
    if (bias == nullptr || elements_of(bias->dims) != matrix.outputs) {
      throw Error::input("what it adds is no constant with a value for each output");
    }
    matrix.bias = bias->weight;
  }
  const Activation in = network.whole(node, 0);
  network.set(node, multiplied(network, node, in, matrix));
}

void take_gather(Network& network, const Node& node) {
  if (const Constant* table = network.constant(node, 0)) {
    return take_embedding(network, node, *table);
  }
  const Activation in = network.settled(node, 0);
  const Constant* index = network.constant(node, 1);
  if (index == nullptr || !index->is_number()) {
    throw Error::input("it takes several places of an activation", "one place is read");
  }
  const std::size_t axis = axis_of(node.integer("axis", 0), in.axes.size());
  const std::int64_t extent = in.dims()[axis];
  std::int64_t at = whole_numbers(index, "an index").at(0);
  if (at < 0) at += extent;
  if (at < 0 || at >= extent) throw Error::input("its index is out of range");
  network.set(node, part_of(network, node, in, {axis, at, at + 1}, index->dims.empty()));
}

void take_lstm(Network& network, const Node& node) {
  const Constant *weight = network.constant(node, 1), *recurrent = network.constant(node, 2);
  constexpr std::int64_t kGates = 4;
  if (weight == nullptr || recurrent == nullptr || weight->dims.size() != 3 ||
      recurrent->dims.size() != 3 || network.constant(node, 3) == nullptr) {
    throw Error::input("its weights or biases are no constants");
  }
  if (node.gives(7)) throw Error::input("peepholes are not read");
  if (node.integer("layout", 0) != 0) throw Error::input("'layout' 1 is not read");
  const std::int64_t directions = weight->dims[0], units = recurrent->dims[2];
  const std::string name = weight->weight.empty() ? node.inputs[1] : weight->weight;
  const Activation in = network.whole(node, 0);
  const Shape shape = network.shape(in.layer);
  if (weight->dims[1] != kGates * units || weight->dims[2] != shape.channels ||
      (directions != 1 && directions != 2)) {
    throw Error::input("its weights of " + to_text(weight->dims) + " do not fit its input");
  }
  const Axes of_steps = sequence_axes(network.batch(), shape);
  if (in.axes != Axes{of_steps[1], of_steps[0], of_steps[2]}) {
    throw Error::input("its input of " + to_text(in.dims()) +
                       " is not in the order of steps, "
                       "samples, features");
  }
  const auto read = [&](std::size_t output) {
    return output < node.outputs.size() && !node.outputs[output].empty() &&
           (!network.readers(node.outputs[output]).empty() ||
            network.is_output(node.outputs[output]));
  };
  if (read(2)) throw Error::input("its last cells are not read");
  LayerSpec spec{.kind = LayerKind::lstm, .inputs = {in.layer}, .features = units};
  spec.return_sequences = read(0);
  std::vector<std::size_t> parts;
  for (std::int64_t i = 0; i < directions; ++i) parts.push_back(network.add(node, spec));
  network.own(name, parts.front());
  std::size_t layer = parts.front();
  if (directions == 2) {
    layer = network.add(node, {.kind = LayerKind::concat, .inputs = parts});
  }
  const Axis of_directions = merged({{Role::channel, directions, units}});
  const Axis of_units = merged({{Role::channel, units, 1}});
  const Activation states{.layer = layer,
                          .axes = {of_steps[1], of_directions, of_steps[0], of_units},
                          .channels = directions * units};
  if (read(0)) network.set(node, 0, {.activation = states});
  if (!read(1)) return;
  Activation last = states;
  if (spec.return_sequences && shape.sequence > 1) {
    last.layer = network.add(node, {.kind = LayerKind::first_step, .inputs = {layer}});
  }
  last.axes = {of_directions, of_steps[0], of_units};
  network.set(node, 1, {.activation = std::move(last)});
}

}  // namespace rehearse::onnx_import
