// The hyperbolic tangent of each element.
#include "kernels/models/ops/pointwise.h"

namespace rehearse {
namespace {

class Tanh final : public Pointwise {
 public:
  Tanh() : Pointwise(5, PointwiseGradient::of_output) {}
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"hyperbolictangent"};
  }
};

}  // namespace

const LayerOp& tanh_op() {
  static const Tanh op;
  return op;
}

}  // namespace rehearse
