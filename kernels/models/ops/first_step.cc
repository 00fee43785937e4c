// The first step of a sequence alone: what a classifier of sequences reads.
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class FirstStep final : public LayerOp {
 public:
  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    Shape shape = inputs.front();
    shape.sequence = 1;
    return shape;
  }
  [[nodiscard]] SampleWork forward(const Layer&, double, double out) const override {
    return {0, 2 * out, 0};
  }
  // Zeros for all other steps.
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {0, in + out, 0};
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output);
  }
};

}  // namespace

const LayerOp& first_step_op() {
  static const FirstStep op;
  return op;
}

}  // namespace rehearse
