// Puts a learnt step in front of a sequence (Dosovitskiy et al., arXiv:2010.11929).
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class ClassToken final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"clstoken"};
  }
  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    Shape shape = inputs.front();
    ++shape.sequence;
    return shape;
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    return {{layer.name + ".weight", layer.output.channels, ParameterRole::shift}};
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {0, in + out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {0, in + out, 0};
  }
};

}  // namespace

const LayerOp& class_token_op() {
  static const ClassToken op;
  return op;
}

}  // namespace rehearse
