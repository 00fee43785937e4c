// x sigmoid(x) (Elfwing, Uchibe and Doya, arXiv:1702.03118).
#include "kernels/models/ops/pointwise.h"

namespace rehearse {
namespace {

class Silu final : public Pointwise {
 public:
  Silu() : Pointwise(5, PointwiseGradient::of_input) {}
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override { return {"swish"}; }
};

}  // namespace

const LayerOp& silu_op() {
  static const Silu op;
  return op;
}

}  // namespace rehearse
