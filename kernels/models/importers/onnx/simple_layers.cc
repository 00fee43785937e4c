// Layers that keep the shape of their input, and concatenation.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "kernels/models/importers/onnx/rules.h"

namespace rehearse::onnx_import {
namespace {

// Puts a layer behind the first input; the output has its axes.
std::size_t put(Network& network, const Node& node, LayerSpec spec,
                const std::string& weight = "") {
  Activation out = network.whole(node, 0);
  spec.inputs = {out.layer};
  out.layer = network.add(node, std::move(spec), weight);
  const std::size_t layer = out.layer;
  network.set(node, std::move(out));
  return layer;
}

const std::map<std::string, LayerKind>& simple_kinds() {
  static const std::map<std::string, LayerKind> kKinds{
      {"Relu", LayerKind::relu}, {"LeakyRelu", LayerKind::relu}, {"Clip", LayerKind::relu},
      {"Gelu", LayerKind::gelu}, {"FastGelu", LayerKind::gelu},  {"LRN", LayerKind::lrn}};
  return kKinds;
}

struct Normalisation {
  LayerKind kind;
  bool shifts;
};

const std::map<std::string, Normalisation>& normalisations() {
  static const std::map<std::string, Normalisation> kKinds{
      {"BatchNormalization", {LayerKind::batch_norm, true}},
      {"LayerNormalization", {LayerKind::layer_norm, true}},
      {"RMSNormalization", {LayerKind::rms_norm, false}},
      {"SimplifiedLayerNormalization", {LayerKind::rms_norm, false}}};
  return kKinds;
}

// A learnt step in front of the others, as networks of image patches have it.
bool take_class_token(Network& network, const Node& node) {
  const Constant* token = network.constant(node, 0);
  if (token == nullptr || node.inputs.size() != 2 || token->weight.empty()) return false;
  const std::string weight = token->weight;
  const Dims dims = token->dims;
  Activation steps = network.whole(node, 1);
  network.to_sequence(steps);
  const Shape shape = network.shape(steps.layer);
  const bool fits = node.integer("axis", 0) == 1 &&
                    dims == Dims{network.batch(), 1, shape.channels} &&
                    steps.axes == sequence_axes(network.batch(), shape);
  if (!fits) return false;
  const std::size_t layer =
      network.add(node, {.kind = LayerKind::class_token, .inputs = {steps.layer}}, weight);
  network.own(weight, layer);
  network.set(node, Activation{.layer = layer,
                               .axes = sequence_axes(network.batch(), network.shape(layer)),
                               .channels = shape.channels});
  return true;
}

}  // namespace

void take_simple(Network& network, const Node& node) {
  LayerSpec spec{.kind = simple_kinds().at(node.op)};
  if (spec.kind == LayerKind::lrn) spec.lrn_size = node.integer("size", 1);
  put(network, node, std::move(spec));
}

void take_normalisation(Network& network, const Node& node) {
  const Normalisation& kind = normalisations().at(node.op);
  const Constant *scale = network.constant(node, 1), *shift = network.constant(node, 2);
  const Activation& in = network.whole(node, 0);
  const std::size_t rank = in.axes.size();
  const bool of_batch = kind.kind == LayerKind::batch_norm;
  const std::size_t axis = of_batch ? 1 : rank - 1;
  if (rank < 2 || !is_only(in.axes[axis], Role::channel) ||
      extent_of(in.axes[axis]) != in.channels ||
      (!of_batch && axis_of(node.integer("axis", -1), rank) != axis)) {
    throw Error::input("it normalises " + to_text(in.dims()),
                       "normalisations over the channels of a step or a sample are read");
  }
  const auto fits = [&](const Constant* vector) {
    return vector != nullptr && elements_of(vector->dims) == in.channels;
  };
  if (!fits(scale) || fits(shift) != kind.shifts) {
    throw Error::input("its scale or shift has no value for each of " +
                       std::to_string(in.channels) + " channels");
  }
  const std::string own_scale = scale->weight;
  const std::string own_shift = kind.shifts ? shift->weight : "";
  const std::size_t layer = put(network, node, {.kind = kind.kind}, own_scale);
  network.own(own_scale, layer);
  network.own(own_shift, layer);
}

void take_concat(Network& network, const Node& node) {
  if (take_class_token(network, node)) return;
  LayerSpec spec{.kind = LayerKind::concat};
  Activation out;
  std::size_t axis = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Activation& part = network.whole(node, i);
    axis = axis_of(node.integer("axis", 1), part.axes.size());
    if (!is_only(part.axes[axis], Role::channel) || extent_of(part.axes[axis]) != part.channels) {
      throw Error::input(
          "it joins tensors of " + to_text(part.dims()) + " along the axis " + std::to_string(axis),
          "channels are joined, and a learnt step is put before others");
    }
    spec.inputs.push_back(part.layer);
    if (i == 0) out = part;
  }
  if (spec.inputs.size() == 1) return network.set(node, std::move(out));
  out.layer = network.add(node, std::move(spec));
  out.channels = network.shape(out.layer).channels;
  out.axes.at(axis) = merged({{Role::channel, out.channels, 1}});
  network.set(node, std::move(out));
}

void take_dropout(Network& network, const Node& node) {
  const Constant* ratio = network.constant(node, 1);
  LayerSpec spec{.kind = LayerKind::dropout};
  spec.dropout_rate = ratio != nullptr && ratio->values && !ratio->values->empty()
                          ? ratio->values->front()
                          : node.number("ratio", 0.5);
  if (spec.dropout_rate == 0) return network.set(node, network.open(node, 0));
  put(network, node, std::move(spec));
}

void take_softmax(Network& network, const Node& node) {
  // The loss of a model has a softmax of its own.
  const std::string& output = node.outputs.at(0);
  if (network.is_output(output) && network.readers(output).empty()) {
    return network.set(node, network.whole(node, 0));
  }
  if (node.op == "LogSoftmax") throw Error::input("it is read at the end of a network only");
  put(network, node, {.kind = LayerKind::softmax});
}

}  // namespace rehearse::onnx_import
