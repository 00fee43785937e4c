// Normalisation by the root of the mean square, with a scale per channel (Zhang and Sennrich,
// arXiv:1910.07467).
#include "kernels/models/ops/step_norm.h"

namespace rehearse {
namespace {

class RmsNorm final : public StepNorm {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"rmsnormalization", "llamarmsnorm", "simplifiedlayernormalization"};
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    return {{layer.name + ".weight", layer.output.channels, ParameterRole::scale}};
  }
};

}  // namespace

const LayerOp& rms_norm_op() {
  static const RmsNorm op;
  return op;
}

}  // namespace rehearse
