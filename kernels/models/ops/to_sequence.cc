// Turns an image into a sequence: each position becomes a step, whose features are its channels.
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class ToSequence final : public LayerOp {
 public:
  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs.front();
    return {in.channels, 1, 1, in.sequence * in.depth * in.height * in.width};
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {0, in + out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {0, in + out, 0};
  }
};

}  // namespace

const LayerOp& to_sequence_op() {
  static const ToSequence op;
  return op;
}

}  // namespace rehearse
