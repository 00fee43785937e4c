// The sum of tensors of the same shape. Its gradient passes through to every input as it is.
#include "base/error.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Add final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"eltwise", "sum", "residual"};
  }

  [[nodiscard]] bool joins() const override { return true; }
  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    for (const Shape& shape : inputs) {
      if (shape == inputs.front()) continue;
      throw Error::input("add of " + to_text(inputs.front()) + " and " + to_text(shape),
                         "the shapes must be equal");
    }
    return inputs.front();
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {in - out, in + out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double) const override { return {}; }
  [[nodiscard]] ReluFusion relu_fusion() const override { return ReluFusion::forward; }
  [[nodiscard]] std::string key(const Layer& layer, const std::vector<Shape>&) const override {
    return std::to_string(layer.inputs.size()) + " of " + to_text(layer.output);
  }
};

}  // namespace

const LayerOp& add_op() {
  static const Add op;
  return op;
}

}  // namespace rehearse
