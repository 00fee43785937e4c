// The softmax over the channels: shares that sum to 1. A model's loss is softmax_cross_entropy.
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Softmax final : public LayerOp {
 public:
  // The greatest, the differences, their exponentials, the sum and the quotients.
  [[nodiscard]] SampleWork forward(const Layer&, double, double out) const override {
    return {5 * out, 2 * out, 0};
  }
  // Reads the output and its gradient; a sum of products, a difference and a product.
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double out) const override {
    return {4 * out, 3 * out, 0};
  }
  [[nodiscard]] bool backward_reads_output() const override { return true; }
};

}  // namespace

const LayerOp& softmax_op() {
  static const Softmax op;
  return op;
}

}  // namespace rehearse
