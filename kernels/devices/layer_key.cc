#include "kernels/devices/layer_key.h"

#include "base/contract.h"
#include "kernels/devices/layer_fusion.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

std::string body(const Model& model, std::size_t index) {
  const Layer& layer = model.layers()[index];
  std::vector<Shape> inputs;
  for (const std::size_t from : layer.inputs) inputs.push_back(model.layers()[from].output);
  return op_of(layer.kind).key(layer, inputs);
}

}  // namespace

std::string layer_key(const Model& model, std::size_t layer) {
  EXPECTS(layer < model.layers().size());
  const Layer& at = model.layers()[layer];
  std::string key = std::string(to_text(at.kind)) + " " + body(model, layer);
  if (applies_relu(model, layer)) key += " relu fused";
  if (is_fused_relu(model, layer)) {
    key += " fused into " + std::string(to_text(model.layers()[at.inputs.front()].kind));
  }
  if (!model.needs_backward_data(layer) && layer > 0) key += " first";
  if (model.consumers(layer) > 1) key += " shared " + std::to_string(model.consumers(layer));
  return key;
}

}  // namespace rehearse
