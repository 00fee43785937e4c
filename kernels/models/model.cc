#include "kernels/models/model.h"

#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/activations.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {

Model::Model(std::string name, std::vector<Layer> layers, bool full_attention, bool is_part)
    : name_(std::move(name)), layers_(std::move(layers)), full_attention_(full_attention) {
  consumers_.assign(layers_.size(), 0);
  backward_data_.assign(layers_.size(), false);
  std::vector<bool> trained(layers_.size(), false);  // depends on a parameter
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    for (const std::size_t from : layer.inputs) {
      ++consumers_[from];
      if (trained[from]) backward_data_[i] = true;
    }
    trained[i] = backward_data_[i] || !layer.parameters.empty() || layer.wants_gradient;
    parameter_count_ += parameter_elements(layer);
    active_parameters_ += op_of(layer.kind).active_parameters(layer);
    if (layer.kind == LayerKind::embedding) tokens_ = layer.output.sequence;
    if (op_of(layer.kind).is_loss()) classes_ = layer.output.channels;
  }
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (consumers_[i] > 0 || op_of(layers_[i].kind).is_loss()) continue;
    if (is_part && i + 1 == layers_.size()) continue;
    throw Error::input("layer '" + layers_[i].name + "' is read by no other layer",
                       "only a loss ends a model",
                       "name it in a later layer's \"from\" or remove it");
  }
  const Kept kept = kept_for_backward(layers_, consumers_);
  activation_elements_ = kept.elements;
  activation_bytes_ = kept.bytes;
}

const Shape& Model::input_of(std::size_t layer, std::size_t which) const {
  EXPECTS(layer < layers_.size() && which < layers_[layer].inputs.size());
  return layers_[layers_[layer].inputs[which]].output;
}

}  // namespace rehearse
