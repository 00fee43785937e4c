#include "predict/software_factors.h"

#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

// Neither a stream nor the core of an attention.
bool is_other(LayerKind kind) {
  return op_of(kind).multiplies_matrices() || op_of(kind).is_loss() || kind == LayerKind::experts ||
         kind == LayerKind::router || kind == LayerKind::latent_attention;
}

}  // namespace

SoftwareFactors factors_of(const Scenario& scenario) {
  return {.stream = scenario.stream_factor, .attention = scenario.attention_factor};
}

void scale_times(const Model& model, const SoftwareFactors& factors,
                 std::vector<LayerTimes>& times) {
  if (factors.stream == 1 && factors.attention == 1) return;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const LayerKind kind = model.layers()[i].kind;
    if (is_other(kind)) continue;
    const double factor = kind == LayerKind::attention ? factors.attention : factors.stream;
    times[i].forward *= factor;
    times[i].backward_data *= factor;
    times[i].backward_weights *= factor;
  }
}

}  // namespace rehearse
