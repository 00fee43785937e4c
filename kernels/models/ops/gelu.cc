// x times the normal distribution at x (Hendrycks and Gimpel, arXiv:1606.08415).
#include "kernels/models/ops/pointwise.h"

namespace rehearse {
namespace {

class Gelu final : public Pointwise {
 public:
  Gelu() : Pointwise(8, PointwiseGradient::of_input) {}
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"gelunew", "geluapproximate", "quickgelu"};
  }
};

}  // namespace

const LayerOp& gelu_op() {
  static const Gelu op;
  return op;
}

}  // namespace rehearse
