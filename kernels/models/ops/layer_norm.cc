// Layer normalisation with a scale and a shift per channel (Ba, Kiros and Hinton,
// arXiv:1607.06450).
#include "kernels/models/ops/step_norm.h"

namespace rehearse {
namespace {

class LayerNorm final : public StepNorm {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"layernormalization", "ln"};
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    const std::int64_t channels = layer.output.channels;
    return {{layer.name + ".weight", channels, ParameterRole::scale},
            {layer.name + ".bias", channels, ParameterRole::shift}};
  }
};

}  // namespace

const LayerOp& layer_norm_op() {
  static const LayerNorm op;
  return op;
}

}  // namespace rehearse
