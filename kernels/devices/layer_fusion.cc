#include "kernels/devices/layer_fusion.h"

#include "base/contract.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

ReluFusion fusion_of(const Layer& layer) { return op_of(layer.kind).relu_fusion(); }

}  // namespace

bool applies_relu(const Model& model, std::size_t layer) {
  const std::vector<Layer>& layers = model.layers();
  EXPECTS(layer < layers.size());
  if (fusion_of(layers[layer]) == ReluFusion::none || model.consumers(layer) != 1) return false;
  for (std::size_t i = layer + 1; i < layers.size(); ++i) {
    if (layers[i].inputs.front() == layer) return layers[i].kind == LayerKind::relu;
  }
  return false;
}

bool is_fused_relu(const Model& model, std::size_t layer) {
  EXPECTS(layer < model.layers().size());
  const Layer& relu = model.layers()[layer];
  return relu.kind == LayerKind::relu &&
         fusion_of(model.layers()[relu.inputs.front()]) != ReluFusion::none &&
         model.consumers(relu.inputs.front()) == 1;
}

bool is_wholly_fused_relu(const Model& model, std::size_t layer) {
  return is_fused_relu(model, layer) &&
         fusion_of(model.layers()[model.layers()[layer].inputs.front()]) == ReluFusion::both;
}

}  // namespace rehearse
