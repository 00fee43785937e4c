// Rotary positions: queries and keys turn by angles that grow with the step (Su et al.,
// arXiv:2104.09864). Values pass.
#include "kernels/models/ops/attention_keys.h"

namespace rehearse {
namespace {

class Rotary final : public OfHeads {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"rope", "rotaryembedding"};
  }
  [[nodiscard]] SampleWork forward(const Layer& layer, double, double) const override {
    const AttentionShape& a = layer.attention;
    const auto turned = static_cast<double>(layer.steps * (a.heads + a.kv_heads) * a.head_dim);
    return {3 * turned, 2 * turned, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double in, double out) const override {
    return forward(layer, in, out);
  }
  [[nodiscard]] bool is_elementwise() const override { return true; }
};

}  // namespace

const LayerOp& rotary_op() {
  static const Rotary op;
  return op;
}

}  // namespace rehearse
