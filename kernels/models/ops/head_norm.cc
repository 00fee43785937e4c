// Normalisation of each head of queries and of keys by the root of its mean square, with a scale
// for each feature of a head (Henry et al., arXiv:2010.04245). Values pass.
#include "kernels/models/ops/attention_keys.h"

namespace rehearse {
namespace {

double normalised(const Layer& layer) {
  const AttentionShape& a = layer.attention;
  return static_cast<double>(layer.steps * (a.heads + a.kv_heads) * a.head_dim);
}

class HeadNorm final : public OfHeads {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"qknorm", "qklayernorm"};
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    return {{layer.name + ".query_weight", layer.attention.head_dim, ParameterRole::scale},
            {layer.name + ".key_weight", layer.attention.head_dim, ParameterRole::scale}};
  }
  [[nodiscard]] SampleWork forward(const Layer& layer, double, double) const override {
    return {6 * normalised(layer), 2 * normalised(layer), 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double, double) const override {
    return {8 * normalised(layer), 3 * normalised(layer), 0};
  }
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double, double) const override {
    return {4 * normalised(layer), 2 * normalised(layer), 0};
  }
  [[nodiscard]] bool backward_reads_input() const override { return true; }
};

}  // namespace

const LayerOp& head_norm_op() {
  static const HeadNorm op;
  return op;
}

}  // namespace rehearse
