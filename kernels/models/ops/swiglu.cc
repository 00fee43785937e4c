// A gated unit: the first half of the channels, through silu, times the second half (Shazeer,
// arXiv:2002.05202).
#include "base/error.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Swiglu final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"siluandmul", "glu"};
  }

  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    Shape shape = inputs.front();
    if (shape.channels % 2 != 0) {
      throw Error::input("swiglu of " + std::to_string(shape.channels) + " channels",
                         "it halves them: gate and value", "make them even");
    }
    shape.channels /= 2;
    return shape;
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {6 * out, in + out, 0};
  }
  // Reads both halves and the gradient, writes the gradients of both.
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {10 * out, 2 * in + out, 0};
  }
  [[nodiscard]] bool backward_reads_input() const override { return true; }
};

}  // namespace

const LayerOp& swiglu_op() {
  static const Swiglu op;
  return op;
}

}  // namespace rehearse
