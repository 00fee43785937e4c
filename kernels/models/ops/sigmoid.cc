// The logistic function of each element.
#include "kernels/models/ops/pointwise.h"

namespace rehearse {
namespace {

class Sigmoid final : public Pointwise {
 public:
  Sigmoid() : Pointwise(4, PointwiseGradient::of_output) {}
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"logistic"};
  }
};

}  // namespace

const LayerOp& sigmoid_op() {
  static const Sigmoid op;
  return op;
}

}  // namespace rehearse
