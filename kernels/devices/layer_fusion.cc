#include "kernels/devices/layer_fusion.h"

#include "base/contract.h"

namespace rehearse {
namespace {

bool can_apply_relu(LayerKind kind) {
  return kind == LayerKind::convolution || kind == LayerKind::dense ||
         kind == LayerKind::batch_norm || kind == LayerKind::add;
}

}  // namespace

bool applies_relu(const Model& model, std::size_t layer) {
  const std::vector<Layer>& layers = model.layers();
  EXPECTS(layer < layers.size());
  if (!can_apply_relu(layers[layer].kind) || model.consumers(layer) != 1) return false;
  for (std::size_t i = layer + 1; i < layers.size(); ++i) {
    if (layers[i].inputs.front() == layer) return layers[i].kind == LayerKind::relu;
  }
  return false;
}

bool is_fused_relu(const Model& model, std::size_t layer) {
  EXPECTS(layer < model.layers().size());
  const Layer& relu = model.layers()[layer];
  return relu.kind == LayerKind::relu && can_apply_relu(model.layers()[relu.inputs.front()].kind) &&
         model.consumers(relu.inputs.front()) == 1;
}

}  // namespace rehearse
