// The router of a mixture of experts: a score of each expert for each step, of which the greatest
// are active. Its operations are no part of a model's FLOP (the convention of Megatron-LM).
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/ops/expert_keys.h"
#include "kernels/models/ops/gemms.h"
#include "kernels/models/work.h"

namespace rehearse {
namespace {

class Router final : public OfKernels {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"gate", "topkrouter", "moegate"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    std::vector<LayerKey> keys = expert_keys();
    keys.push_back({"bias", {"usebias"}});
    return keys;
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    read_experts(layer, spec);
    spec.bias = layer.optional_boolean("bias").value_or(false);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.experts = spec.experts;
    layer.bias = spec.bias;
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_experts(spec.experts);
    return {spec.experts.experts, 1, 1, inputs.front().sequence};
  }
  [[nodiscard]] double products(const Layer&, const std::vector<Shape>& inputs) const override {
    return static_cast<double>(inputs.front().channels);
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    const std::int64_t experts = layer.experts.experts;
    std::vector<ParameterTensor> list{
        {layer.name + ".weight", static_cast<std::int64_t>(layer.products) * experts}};
    if (layer.bias) list.push_back({layer.name + ".bias", experts, ParameterRole::shift});
    return list;
  }
  // The product, then softmax and choice.
  [[nodiscard]] std::vector<KernelWork> kernels(const Layer& layer,
                                                Direction direction) const override {
    const Gemm scores{static_cast<double>(layer.steps), layer.products,
                      static_cast<double>(layer.experts.experts)};
    const double out = scores.rows * scores.out;
    switch (direction) {
      case Direction::forward:
        return {scores.forward(), stream(3 * out, 6 * out)};
      case Direction::backward_data:
        return {stream(3 * out, 4 * out), scores.data_gradient()};
      case Direction::backward_weights:
        break;
    }
    return {scores.weight_gradient()};
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output);
  }
  [[nodiscard]] bool backward_reads_input() const override { return true; }
  // Scores and chosen probabilities, in fp32.
  [[nodiscard]] std::int64_t kept_bytes(const Layer& layer) const override {
    return 4 * layer.steps * (layer.experts.active + layer.experts.experts);
  }
};

}  // namespace

const LayerOp& router_op() {
  static const Router op;
  return op;
}

}  // namespace rehearse
