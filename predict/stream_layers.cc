#include "predict/stream_layers.h"

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

bool is_stream(const Layer& layer) {
  const bool attends =
      layer.kind == LayerKind::attention || layer.kind == LayerKind::latent_attention;
  const bool multiplies = op_of(layer.kind).multiplies_matrices() ||
                          layer.kind == LayerKind::experts || layer.kind == LayerKind::router;
  return !attends && !multiplies;
}

void scale_streams(const Model& model, double factor, std::vector<LayerTimes>& times) {
  if (factor == 1) return;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!is_stream(model.layers()[i])) continue;
    times[i].forward *= factor;
    times[i].backward_data *= factor;
    times[i].backward_weights *= factor;
  }
}

}  // namespace rehearse
