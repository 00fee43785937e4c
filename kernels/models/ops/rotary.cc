// Rotary positions: queries and keys turn by angles that grow with the step (Su et al.,
// arXiv:2104.09864). Values pass.
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/ops/attention_keys.h"

namespace rehearse {
namespace {

class Rotary final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"rope", "rotaryembedding"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override { return head_keys(); }
  void read(ObjectReader& layer, LayerSpec& spec) const override { read_heads(layer, spec); }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.attention = spec.attention;
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    complete(spec.attention, inputs.front().channels);
    return inputs.front();
  }
  void finish(Layer& layer, const std::vector<Shape>& inputs) const override {
    layer.attention = complete(layer.attention, inputs.front().channels);
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
