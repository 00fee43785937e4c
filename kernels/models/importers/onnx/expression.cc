#include "kernels/models/importers/onnx/expression.h"

#include <algorithm>

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/importers/onnx/rules.h"

namespace rehearse::onnx_import {
namespace {

bool same_base(const Activation& a, const Activation& b) {
  return a.layer == b.layer && a.begin == b.begin && a.channels == b.channels &&
         dims_of(a.axes) == dims_of(b.axes);
}

Expression& expression_of(Activation& activation) {
  if (!activation.expression) activation.expression.emplace();
  return *activation.expression;
}

// A layer of several nodes is named by the layer whose output it reads.
std::size_t add_behind(Network& network, const Activation& activation, LayerKind kind,
                       const std::string& weight = "") {
  const std::string word(rehearse::to_text(kind));
  const Node node{.op = word, .name = network.layers()[activation.layer].name + "." + word};
  return network.add(node, {.kind = kind, .inputs = {activation.layer}}, weight);
}

std::size_t normalise(Network& network, const Activation& activation) {
  const Expression& expression = *activation.expression;
  const bool centred = expression.operators.contains("Sub");
  if (expression.scale.empty() || centred == expression.shift.empty()) {
    throw Error::input(std::string("a normalisation ") +
                           (expression.scale.empty() ? "without" : "with") + " a scale and " +
                           (expression.shift.empty() ? "without" : "with") + " a shift",
                       "around the mean both are read, else a scale alone");
  }
  const std::size_t layer = add_behind(
      network, activation, centred ? LayerKind::layer_norm : LayerKind::rms_norm, expression.scale);
  network.own(expression.scale, layer);
  network.own(expression.shift, layer);
  return layer;
}

// Of an expression that is no normalisation and has an operator.
LayerKind kind_of(const Expression& expression) {
  const std::set<std::string>& operators = expression.operators;
  if (operators == std::set<std::string>{"Erf"}) return LayerKind::gelu;
  if (operators == std::set<std::string>{"Pow", "Tanh"}) return LayerKind::gelu;
  if (operators == std::set<std::string>{"Tanh"}) {
    return expression.squared ? LayerKind::gelu : LayerKind::tanh;
  }
  if (operators == std::set<std::string>{"Sigmoid"}) {
    return expression.squared ? LayerKind::silu : LayerKind::sigmoid;
  }
  std::vector<std::string> words(operators.begin(), operators.end());
  if (words.empty()) words = {"Mul"};
  throw Error::input("what " + list_of(words) + " make of one tensor is no layer",
                     "GELU, SiLU, sigmoid, tanh and normalisations over the channels are read");
}

bool is_normalised(const Expression& expression) {
  return expression.operators.contains("Sqrt") && expression.operators.contains("ReduceMean") &&
         !expression.reduced;
}

// A learnt value for each channel: the scale or the shift of a normalisation.
void take_vector(Network& network, const Node& node, Activation activation,
                 const Constant& vector) {
  Expression& expression = *activation.expression;
  std::string& place = node.op == "Add" ? expression.shift : expression.scale;
  if (!place.empty()) throw Error::input("a normalisation has two scales or shifts");
  place = vector.weight.empty() ? node.outputs.at(0) : vector.weight;
  const bool centred = expression.operators.contains("Sub");
  if (!expression.scale.empty() && (!centred || !expression.shift.empty())) {
    settle(network, activation);
  }
  network.set(node, std::move(activation));
}

bool is_vector(const Constant& constant, std::int64_t channels) {
  return !constant.dims.empty() && constant.dims.back() == channels &&
         elements_of(constant.dims) == channels;
}

// Rows of a table for the steps: positions that a graph adds as they are.
std::vector<Table> as_tables(const Constant& constant, const Activation& activation) {
  if (!constant.tables.empty() || constant.weight.empty() || constant.dims.size() < 2) {
    return constant.tables;
  }
  const std::int64_t features = constant.dims.back();
  if (features != activation.channels || features == 0) return {};
  return {{constant.weight, elements_of(constant.dims) / features, features}};
}

void take_constant(Network& network, const Node& node, std::size_t which,
                   const Constant& constant) {
  if (node.op == "Add" && !network.open(node, which).expression) {
    Activation activation = network.open(node, which);
    std::vector<Table> tables = as_tables(constant, activation);
    if (!tables.empty()) {
      activation.added.insert(activation.added.end(), tables.begin(), tables.end());
      return network.set(node, std::move(activation));
    }
  }
  Activation activation = network.based(node, which);
  if (constant.is_number() && constant.dims.size() <= activation.axes.size()) {
    return network.set(node, std::move(activation));
  }
  const bool sum = node.op == "Add", product = node.op == "Mul";
  if ((sum || product) && activation.expression && is_normalised(*activation.expression) &&
      is_vector(constant, activation.channels)) {
    return take_vector(network, node, std::move(activation), constant);
  }
  // Fixed positions and masks have no parameters.
  if (sum && constant.weight.empty() && constant.tables.empty()) {
    return network.set(node, std::move(activation));
  }
  throw Error::input("it joins an activation of " + to_text(activation.dims()) +
                         " and a constant of " + to_text(constant.dims),
                     "read are one number, the bias of a product, the scale and shift of a "
                     "normalisation and learnt positions");
}

// Parts of one expression.
void join(Network& network, const Node& node, const Activation& a, const Activation& b) {
  Activation joined = a;
  Expression& expression = expression_of(joined);
  const Expression other = b.expression.value_or(Expression{});
  expression.operators.insert(other.operators.begin(), other.operators.end());
  const bool reduced = expression.reduced || other.reduced;
  if (node.op == "Sub" && reduced) expression.operators.insert("Sub");
  if (node.op == "Mul" && !reduced) expression.squared = true;
  expression.reduced = expression.reduced && other.reduced;
  network.set(node, std::move(joined));
}

bool is_gate(const Activation& activation) {
  if (!activation.expression) return false;
  const std::set<std::string>& operators = activation.expression->operators;
  return operators.contains("Sigmoid") || operators.contains("Erf") || operators.contains("Tanh");
}

// A gated unit of two halves of one layer: SwiGLU, GEGLU and GLU cost the same.
bool take_gate(Network& network, const Node& node, const Activation& a, const Activation& b) {
  if (a.layer != b.layer || a.begin == b.begin || (!is_gate(a) && !is_gate(b))) return false;
  if (a.channels + b.channels != network.shape(a.layer).channels) return false;
  Activation out{.layer = network.add(node, {.kind = LayerKind::swiglu, .inputs = {a.layer}}),
                 .axes = a.axes,
                 .channels = a.channels};
  network.set(node, std::move(out));
  return true;
}

void take_two(Network& network, const Node& node) {
  {
    const Activation &a = network.based(node, 0), &b = network.based(node, 1);
    if (same_base(a, b) && (a.expression || b.expression || node.op == "Mul")) {
      return join(network, node, a, b);
    }
    if (node.op == "Mul" && take_gate(network, node, a, b)) return;
  }
  Activation a = network.whole(node, 0), b = network.whole(node, 1);
  if (node.op == "Div") throw Error::input("it divides one activation by another");
  const bool product = node.op == "Mul";
  if (product && elements_of(a.dims()) < elements_of(b.dims())) std::swap(a, b);
  const std::size_t layer = network.add(
      node, {.kind = product ? LayerKind::multiply : LayerKind::add, .inputs = {a.layer, b.layer}});
  network.set(node, {.layer = layer, .axes = a.axes, .channels = a.channels});
}

}  // namespace

void settle(Network& network, Activation& activation) {
  const Expression expression = *activation.expression;
  if (expression.operators.empty() && !expression.squared) {
    activation.expression.reset();
    return;
  }
  if (expression.reduced) {
    throw Error::input("a mean over the channels is read by no normalisation");
  }
  network.expect_whole(activation);
  activation.layer = is_normalised(expression)
                         ? normalise(network, activation)
                         : add_behind(network, activation, kind_of(expression));
  activation.expression.reset();
}

void take_sum_or_product(Network& network, const Node& node) {
  const Constant *first = network.constant(node, 0), *second = network.constant(node, 1);
  if (first != nullptr) return take_constant(network, node, 1, *first);
  if (second != nullptr) return take_constant(network, node, 0, *second);
  take_two(network, node);
}

void take_function(Network& network, const Node& node) {
  Activation activation = network.based(node, 0);
  if (node.op == "Pow" && network.constant(node, 1) == nullptr) {
    throw Error::input("its exponent is no constant");
  }
  if (node.op != "Neg" && node.op != "Reciprocal") {
    expression_of(activation).operators.insert(node.op);
  }
  network.set(node, std::move(activation));
}

void take_mean(Network& network, const Node& node) {
  const bool keeps = node.integer("keepdims", 1) != 0;
  const auto axes = axes_of(node, network.constant(node, 1));
  Activation activation = network.based(node, 0);
  const std::size_t rank = activation.axes.size();
  std::vector<bool> taken(rank, !axes);
  if (axes) {
    for (const std::int64_t axis : *axes) taken[axis_of(axis, rank)] = true;
  }
  const bool last_alone =
      std::count(taken.begin(), taken.end(), true) == 1 && rank > 0 && taken.back();
  if (last_alone && keeps && extent_of(activation.axes.back()) == activation.channels &&
      is_only(activation.axes.back(), Role::channel)) {
    Expression& expression = expression_of(activation);
    expression.operators.insert("ReduceMean");
    expression.reduced = true;
    return network.set(node, std::move(activation));
  }
  take_spatial_mean(network, node, taken, keeps);
}

}  // namespace rehearse::onnx_import
