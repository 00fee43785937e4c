#include "kernels/models/importers/onnx/network.h"

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"
#include "kernels/models/importers/onnx/expression.h"

namespace rehearse::onnx_import {
namespace {

const std::vector<const Node*> kNobody{};

std::string shown(const Node& node) {
  return "node '" + (node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name) +
         "' (" + node.op + ")";
}

}  // namespace

Network::Network(const Graph& graph, const std::string& name, const OnnxOptions& options)
    : graph_(graph), options_(options), build_(name), samples_(find_samples(graph, options)) {
  if (options.full_attention_flops) build_.count_full_attention();
  build_.input(samples_.shape);
  names_.insert("input");
  for (const auto& [key, tensor] : graph.initializers) {
    values_[key] = {.constant = constant_of(tensor, true)};
  }
  for (const GraphInput& input : graph.inputs) {
    if (input.name == samples_.input) continue;
    values_[input.name] = {
        .constant = Constant{.dims = extents_of(input, samples_), .integer = input.integer}};
  }
  values_[samples_.input] = {
      .activation = Activation{.axes = samples_.axes, .channels = samples_.shape.channels}};
  for (const Node& node : graph.nodes) {
    for (const std::string& input : node.inputs) readers_[input].push_back(&node);
  }
}

bool Network::is_tokens(const Value& value) const {
  return samples_.tokens && value.activation && value.activation->layer == 0;
}

void Network::take(const Node& node) {
  if (skipped_.contains(&node)) return;
  try {
    if (node.op == "Shape" || node.op == "Size") {
      const Constant extents{.dims = value(node, 0).dims()};
      return set(node, fold(node, {&extents}).front());
    }
    if (const auto inputs = constants(node)) {
      std::vector<const Constant*> pointers;
      for (const auto& input : *inputs) pointers.push_back(input ? &*input : nullptr);
      std::vector<Constant> outputs = fold(node, pointers);
      for (std::size_t i = 0; i < outputs.size() && i < node.outputs.size(); ++i) {
        set(node, i, {.constant = std::move(outputs[i])});
      }
      return;
    }
    apply_rule(*this, node);
  } catch (const Error& error) {
    throw Error::input(shown(node) + ": " + error.what());
  }
}

Model Network::finish() && {
  Node end{.op = "loss"};
  bool any = false;
  for (auto name = graph_.outputs.rbegin(); name != graph_.outputs.rend(); ++name) {
    const auto found = values_.find(*name);
    if (found == values_.end() || !found->second.activation) continue;
    end.inputs = {*name};
    const std::size_t layer = settled(end, 0).layer;
    any = any || layer > 0;
    const bool read = std::any_of(layers().begin(), layers().end(), [&](const Layer& later) {
      return std::find(later.inputs.begin(), later.inputs.end(), layer) != later.inputs.end();
    });
    if (read) continue;
    const bool main = std::next(name) == graph_.outputs.rend();
    end.name = main ? "loss" : layers()[layer].name + ".loss";
    add(end, {.kind = LayerKind::softmax_cross_entropy, .inputs = {layer}});
  }
  if (!any) throw Error::input("no output of the graph follows from its samples");
  return std::move(build_).finish();
}

const Value& Network::value(const Node& node, std::size_t input) const {
  if (!node.gives(input)) throw Error::input("its input " + std::to_string(input) + " is missing");
  const auto found = values_.find(node.inputs[input]);
  if (found != values_.end()) return found->second;
  throw Error::input("its input '" + node.inputs[input] + "' is made by no earlier node");
}

const Constant* Network::constant(const Node& node, std::size_t input) const {
  if (!node.gives(input)) return nullptr;
  const Value& found = value(node, input);
  return found.constant ? &*found.constant : nullptr;
}

const Constant* Network::constant(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() || !found->second.constant ? nullptr : &*found->second.constant;
}

std::optional<std::vector<std::optional<Constant>>> Network::constants(const Node& node) const {
  if (!folds(node.op)) return std::nullopt;
  const bool view = node.op == "Identity" || node.op == "Cast" || node.op == "Reshape" ||
                    node.op == "Squeeze" || node.op == "Unsqueeze";
  std::vector<std::optional<Constant>> found;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (!node.gives(i)) {
      found.emplace_back();
      continue;
    }
    const Value& input = value(node, i);
    if (input.constant) {
      found.push_back(input.constant);
    } else if (is_tokens(input) && !view && node.op != "Gather") {
      // A mask, perhaps.
      found.push_back(Constant{.dims = input.dims(), .integer = true});
    } else {
      return std::nullopt;
    }
  }
  return found;
}

Activation& Network::open(const Node& node, std::size_t input) {
  if (!value(node, input).activation) {
    throw Error::input(
        "its input " + std::to_string(input) + " is " +
        (value(node, input).constant ? "no activation" : "the scores of an attention"));
  }
  return *values_[node.inputs[input]].activation;
}

const Activation& Network::based(const Node& node, std::size_t input) {
  Activation& activation = open(node, input);
  if (activation.added.empty()) return activation;
  to_sequence(activation);
  expect_whole(activation);
  std::vector<Table> tables = std::move(activation.added);
  activation.added.clear();
  for (Table& table : tables) {
    // The graph may have added a part of its rows.
    const Constant* all = constant(table.weight);
    if (all != nullptr && table.features > 0) table.rows = elements_of(all->dims) / table.features;
  }
  // Of several tables the largest is that of the positions; others are those of types.
  std::sort(tables.begin(), tables.end(),
            [](const Table& a, const Table& b) { return a.rows > b.rows; });
  LayerSpec spec{.kind = LayerKind::position_embedding, .inputs = {activation.layer}};
  spec.vocabulary = tables.front().rows;
  for (std::size_t i = 1; i < tables.size(); ++i) spec.features += tables[i].rows;
  const Node positions{.op = "positions", .name = layers()[activation.layer].name + ".positions"};
  activation.layer = add(positions, spec, tables.front().weight);
  for (const Table& table : tables) own(table.weight, activation.layer);
  return activation;
}

const Activation& Network::settled(const Node& node, std::size_t input) {
  based(node, input);
  Activation& activation = open(node, input);
  if (activation.expression) settle(*this, activation);
  return activation;
}

void Network::expect_whole(const Activation& activation) const {
  if (activation.channels == shape(activation.layer).channels) return;
  throw Error::input("it reads a part of the channels of '" + layers()[activation.layer].name + "'",
                     "parts are read by attentions and gated units only");
}

const Activation& Network::whole(const Node& node, std::size_t input) {
  const Activation& activation = settled(node, input);
  expect_whole(activation);
  return activation;
}

void Network::to_sequence(Activation& activation) {
  const Shape image = shape(activation.layer);
  if (image.depth == 1 && image.height == 1 && image.width == 1) return;
  expect_whole(activation);
  const auto [made, fresh] = sequences_.try_emplace(activation.layer);
  if (fresh) {
    const Node node{.op = "to_sequence", .name = layers()[activation.layer].name + ".sequence"};
    made->second = add(node, {.kind = LayerKind::to_sequence, .inputs = {activation.layer}});
  }
  activation.layer = made->second;
  for (Axis& axis : activation.axes) {
    for (Atom& atom : axis) {
      if (atom.role == Role::step) atom.inner *= image.depth * image.height * image.width;
      if (atom.role == Role::depth) atom.inner *= image.height * image.width;
      if (atom.role == Role::height) atom.inner *= image.width;
      if (atom.role == Role::depth || atom.role == Role::height || atom.role == Role::width) {
        atom.role = Role::step;
      }
    }
    axis = merged(std::move(axis));
  }
}

std::string Network::unique_name(const Node& node, const std::string& weight) {
  constexpr std::size_t kLongest = 100;
  constexpr std::string_view kWeight = ".weight";
  std::string name = node.name.empty() ? node.op : node.name;
  // Weights that an exporter has transposed have a number for a name: "onnx::MatMul_123".
  if (!weight.empty() && weight.find("::") == std::string::npos) {
    name = weight.ends_with(kWeight) ? weight.substr(0, weight.size() - kWeight.size()) : weight;
  }
  name.erase(0, name.find_first_not_of('/'));
  name = printable(name.empty() ? node.op : name, kLongest);
  std::string unique = name;
  for (int i = 2; !names_.insert(unique).second; ++i) unique = name + "_" + std::to_string(i);
  return unique;
}

std::size_t Network::add(const Node& node, LayerSpec spec, const std::string& weight) {
  spec.name = unique_name(node, weight);
  return build_.add(std::move(spec));
}

void Network::own(const std::string& weight, std::size_t layer) {
  if (weight.empty() || owners_.emplace(weight, layer).second) return;
  throw Error::input("it shares '" + weight + "' with '" + layers()[owners_.at(weight)].name + "'",
                     "only the weights of an embedding or a dense layer may serve another dense "
                     "layer");
}

std::optional<std::size_t> Network::owner(const std::string& weight) const {
  const auto found = owners_.find(weight);
  return found == owners_.end() ? std::nullopt : std::optional(found->second);
}

void Network::set(const Node& node, std::size_t output, Value value) {
  if (output >= node.outputs.size() || node.outputs[output].empty()) return;
  (void)elements_of(value.dims());
  values_[node.outputs[output]] = std::move(value);
}

void Network::set(const Node& node, Activation activation) {
  set(node, 0, {.activation = std::move(activation)});
}

void Network::set(const Node& node, Constant constant) {
  set(node, 0, {.constant = std::move(constant)});
}

void Network::set(const Node& node, Scores scores) { set(node, 0, {.scores = std::move(scores)}); }

const std::vector<const Node*>& Network::readers(const std::string& name) const {
  const auto found = readers_.find(name);
  return found == readers_.end() ? kNobody : found->second;
}

bool Network::is_output(const std::string& name) const {
  return std::find(graph_.outputs.begin(), graph_.outputs.end(), name) != graph_.outputs.end();
}

}  // namespace rehearse::onnx_import
