#include "kernels/models/layer_spec.h"

#include "base/contract.h"

namespace rehearse {

LayerSpec spec_of(const Model& model, std::size_t index) {
  EXPECTS(index >= 1 && index < model.layers().size());
  const Layer& layer = model.layers()[index];
  LayerSpec spec{.name = layer.name,
                 .kind = layer.kind,
                 .inputs = layer.inputs,
                 .features = layer.output.channels,
                 .window = layer.window,
                 .groups = layer.groups,
                 .bias = layer.bias,
                 .dropout_rate = layer.dropout_rate,
                 .lrn_size = layer.lrn_size,
                 .ghost = layer.ghost,
                 .synchronised = layer.synchronised,
                 .return_sequences = layer.output.sequence > 1,
                 .tied = layer.tied,
                 .vocabulary = layer.vocabulary,
                 .attention = layer.attention,
                 .experts = layer.experts,
                 .exchange = layer.exchange,
                 .first = layer.first};
  if (layer.kind == LayerKind::position_embedding) {
    spec.vocabulary = layer.vocabulary - layer.types;
    spec.features = layer.types;
  }
  if (layer.kind == LayerKind::upsample) {
    spec.factor = layer.output.height / model.input_of(index).height;
  }
  return spec;
}

}  // namespace rehearse
