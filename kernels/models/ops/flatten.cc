// All elements as channels: another look at the same memory, which costs nothing.
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Flatten final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"view", "reshape"};
  }

  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs.front();
    return {in.channels * in.depth * in.height * in.width, 1, 1, in.sequence};
  }
  [[nodiscard]] SampleWork forward(const Layer&, double, double) const override { return {}; }
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double) const override { return {}; }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output);
  }
  [[nodiscard]] bool is_view() const override { return true; }
};

}  // namespace

const LayerOp& flatten_op() {
  static const Flatten op;
  return op;
}

}  // namespace rehearse
