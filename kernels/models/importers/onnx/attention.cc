// Attention as exporters write it: a product of queries and keys, a scale, perhaps a mask, a
// softmax and a product with values.
//
// A mask that differs from query to query is taken for a causal one; one that is the same for all
// queries hides padding and changes nothing here.
#include <algorithm>

#include "base/error.h"
#include "kernels/models/importers/onnx/rules.h"

namespace rehearse::onnx_import {
namespace {

const Scores* scores_of(const Network& network, const Node& node, std::size_t input) {
  if (!node.gives(input)) return nullptr;
  const Value& value = network.value(node, input);
  return value.scores ? &*value.scores : nullptr;
}

// The heads that an activation of (…, steps, features) has.
std::int64_t heads_of(const Activation& activation) {
  std::int64_t heads = 1;
  for (std::size_t i = 0; i + 2 < activation.axes.size(); ++i) {
    for (const Atom& atom : activation.axes[i]) {
      if (atom.role == Role::channel) heads *= atom.extent;
    }
  }
  return heads;
}

void expect_heads(const Activation& activation, const Axis& steps, const Axis& features,
                  const char* what) {
  const std::int64_t all = heads_of(activation) * extent_of(features);
  if (is_only(steps, Role::step) && is_only(features, Role::channel) &&
      all == activation.channels) {
    return;
  }
  throw Error::input(std::string("its ") + what + " of " + to_text(activation.dims()) +
                         " are no steps of the features of heads",
                     "products of two activations are read as attention only");
}

void refuse_rank(const Activation& a, const Activation& b) {
  if (a.axes.size() == b.axes.size() && a.axes.size() >= 3) return;
  throw Error::input(
      "it multiplies activations of " + to_text(a.dims()) + " and " + to_text(b.dims()),
      "products of two activations are read as attention only");
}

// Queries with the steps before the features, keys the other way round.
void take_keys(Network& network, const Node& node) {
  Activation queries = network.settled(node, 0), keys = network.settled(node, 1);
  refuse_rank(queries, keys);
  network.to_sequence(queries);
  network.to_sequence(keys);
  std::swap(keys.axes[keys.axes.size() - 1], keys.axes[keys.axes.size() - 2]);
  const auto check = [&](const Activation& one, const char* what) {
    expect_heads(one, one.axes[one.axes.size() - 2], one.axes.back(), what);
  };
  check(queries, "queries");
  check(keys, "keys");
  Dims dims = queries.dims();
  dims.back() = extent_of(keys.axes[keys.axes.size() - 2]);
  network.set(node, Scores{.queries = queries, .keys = keys, .dims = std::move(dims)});
}

// One input where queries, keys and values are parts of one layer, else three.
std::vector<std::size_t> inputs_of(Network& network, const Activation& queries,
                                   const Activation& keys, const Activation& values) {
  const bool packed = queries.layer == keys.layer && keys.layer == values.layer;
  const std::int64_t all = network.shape(queries.layer).channels;
  if (packed && queries.channels + keys.channels + values.channels == all) return {queries.layer};
  network.expect_whole(queries);
  network.expect_whole(keys);
  network.expect_whole(values);
  return {queries.layer, keys.layer, values.layer};
}

// (…, steps, features of a head): the features of all heads lie one behind the other.
Axes axes_behind(const Axes& queries, std::int64_t value_dim) {
  Axes axes = queries;
  axes.back() = merged({{Role::channel, value_dim, 1}});
  std::int64_t inner = value_dim;
  for (std::size_t i = axes.size() - 2; i-- > 0;) {
    for (auto atom = axes[i].rbegin(); atom != axes[i].rend(); ++atom) {
      if (atom->role != Role::channel) continue;
      atom->inner = inner;
      inner *= atom->extent;
    }
  }
  return axes;
}

void take_values(Network& network, const Node& node, const Scores& scores) {
  if (!scores.weighs) throw Error::input("it multiplies scores that no softmax has made weights");
  Activation values = network.settled(node, 1);
  refuse_rank(scores.queries, values);
  network.to_sequence(values);
  expect_heads(values, values.axes[values.axes.size() - 2], values.axes.back(), "values");
  const Activation &queries = scores.queries, &keys = scores.keys;
  LayerSpec spec{.kind = LayerKind::attention, .inputs = inputs_of(network, queries, keys, values)};
  spec.attention.heads = heads_of(queries);
  spec.attention.kv_heads = heads_of(keys);
  spec.attention.head_dim = extent_of(queries.axes.back());
  spec.attention.value_dim = extent_of(values.axes.back());
  spec.attention.causal = scores.causal;
  spec.attention.flash = network.options().flash;
  spec.attention.dropout_rate = std::max(scores.dropout_rate, network.options().dropout);
  if (spec.attention.head_dim != extent_of(keys.axes.back()) ||
      spec.attention.kv_heads != heads_of(values)) {
    throw Error::input("queries, keys and values do not fit",
                       "queries have " + to_text(queries.dims()) + ", keys " +
                           to_text(keys.dims()) + ", values " + to_text(values.dims()));
  }
  const std::int64_t value_dim = spec.attention.value_dim;
  const std::size_t layer = network.add(node, std::move(spec));
  network.set(node, Activation{.layer = layer,
                               .axes = axes_behind(queries.axes, value_dim),
                               .channels = network.shape(layer).channels});
}

Dims viewed(const Network& network, const Node& node, const Dims& dims) {
  if (node.op == "Reshape") {
    return reshaped(dims, whole_numbers(network.constant(node, 1), "a shape"), false);
  }
  if (node.op != "Squeeze" && node.op != "Unsqueeze") return dims;
  const auto axes = axes_of(node, network.constant(node, 1));
  if (node.op == "Squeeze") return squeezed(dims, axes);
  return unsqueezed(dims, axes.value_or(std::vector<std::int64_t>{}));
}

}  // namespace

bool takes_scores(const Network& network, const Node& node) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (scores_of(network, node, i) != nullptr) return true;
  }
  return false;
}

void take_activation_product(Network& network, const Node& node) {
  if (const Scores* scores = scores_of(network, node, 0)) {
    const Scores own = *scores;
    return take_values(network, node, own);
  }
  take_keys(network, node);
}

void take_scores(Network& network, const Node& node) {
  if (node.op == "MatMul") return take_activation_product(network, node);
  if (node.op == "IsNaN") {
    return network.set(node, Constant{.dims = scores_of(network, node, 0)->dims, .integer = true});
  }
  std::optional<Scores> scores;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (const Scores* found = scores_of(network, node, i)) scores = *found;
  }
  const bool masks = node.op == "Add" || node.op == "Where" || node.op == "Sub";
  for (std::size_t i = 0; masks && i < node.inputs.size(); ++i) {
    const Constant* mask = network.constant(node, i);
    // What hides weights that are no numbers is no mask.
    if (mask != nullptr && !scores->weighs && mask->varies_by_row()) scores->causal = true;
  }
  if (node.op == "Softmax") scores->weighs = true;
  if (node.op == "Dropout") {
    const Constant* ratio = network.constant(node, 1);
    scores->dropout_rate = ratio != nullptr && ratio->values && !ratio->values->empty()
                               ? ratio->values->front()
                               : node.number("ratio", 0.5);
  }
  static const std::vector<std::string> kRead{"Add",     "Sub",     "Mul",       "Div",
                                              "Where",   "Softmax", "Dropout",   "Cast",
                                              "Reshape", "Squeeze", "Unsqueeze", "Identity"};
  if (std::find(kRead.begin(), kRead.end(), node.op) == kRead.end()) {
    throw Error::input("it changes the scores of an attention",
                       "a scale, a mask, a softmax and dropout are read");
  }
  scores->dims = viewed(network, node, scores->dims);
  network.set(node, std::move(*scores));
}

}  // namespace rehearse::onnx_import
