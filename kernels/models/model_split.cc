#include "kernels/models/model_split.h"

#include <algorithm>

#include "base/contract.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

// The only reader of `layer`; 0 if there are several.
std::size_t only_reader(const Model& model, std::size_t layer) {
  if (model.consumers(layer) != 1) return 0;
  for (std::size_t i = layer + 1; i < model.layers().size(); ++i) {
    const auto& inputs = model.layers()[i].inputs;
    if (std::find(inputs.begin(), inputs.end(), layer) != inputs.end()) return i;
  }
  return 0;
}

bool leaves(const Model& model, const ModelSplit& split, std::size_t layer) {
  for (;;) {
    layer = only_reader(model, layer);
    if (layer == 0) return true;
    if (split.find(layer) != nullptr) return false;
    if (!op_of(model.layers()[layer].kind).works_on_slices()) return true;
  }
}

}  // namespace

const SplitLayer* ModelSplit::find(std::size_t layer) const {
  const auto found = std::find_if(layers.begin(), layers.end(),
                                  [&](const SplitLayer& l) { return l.layer == layer; });
  return found == layers.end() ? nullptr : &*found;
}

std::int64_t ModelSplit::share(std::size_t layer, std::int64_t elements) const {
  return find(layer) == nullptr ? elements : elements / parts;
}

ModelSplit split_model(const Model& model, int parts, std::int64_t batch, SplitRule rule) {
  EXPECTS(parts >= 1 && batch >= 1);
  ModelSplit split{parts, {}};
  if (parts == 1) return split;
  for (std::size_t i = 1; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    if (layer.kind != LayerKind::dense || layer.output.channels % parts != 0) continue;
    const std::int64_t inputs = model.input_of(i).elements();
    const double gathered = static_cast<double>(parts) * static_cast<double>(batch * inputs);
    const auto parameters = static_cast<double>(parameter_elements(layer));
    if (rule == SplitRule::automatic && parameters <= gathered) continue;
    split.layers.push_back({i, inputs, model.needs_backward_data(i), true});
  }
  for (SplitLayer& layer : split.layers) layer.leaves = leaves(model, split, layer.layer);
  return split;
}

std::int64_t parameters_per_device(const Model& model, const ModelSplit& split) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    for (const ParameterTensor& tensor : model.layers()[i].parameters) {
      sum += split.share(i, tensor.elements);
    }
  }
  return sum;
}

std::int64_t gathered_elements(const ModelSplit& split, std::int64_t batch) {
  std::int64_t sum = 0;
  for (const SplitLayer& layer : split.layers) sum += (split.parts - 1) * batch * layer.inputs;
  return sum;
}

Shard shard_of(const Model& model, std::size_t layer, int parts) {
  const Layer& whole = model.layers()[layer];
  EXPECTS(whole.kind == LayerKind::dense && whole.output.channels % parts == 0);
  ModelBuilder build("shard of " + whole.name);
  std::size_t at = build.input(model.input_of(layer));
  // Parameters upstream: the gradient of the inputs is wanted.
  if (model.needs_backward_data(layer)) {
    at = build.add({.name = "upstream", .kind = LayerKind::batch_norm, .inputs = {at}});
  }
  at = build.add({.name = "shard",
                  .kind = LayerKind::dense,
                  .inputs = {at},
                  .features = whole.output.channels / parts,
                  .bias = whole.bias});
  return {std::move(build).finish(), at};
}

}  // namespace rehearse
