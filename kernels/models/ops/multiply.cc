// The product, element by element, of tensors of the same shape, or of a tensor and one value for
// each of its channels (squeeze and excitation, Hu et al., arXiv:1709.01507).
#include "base/error.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Multiply final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"mul", "scale", "product"};
  }

  [[nodiscard]] bool joins() const override { return true; }
  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    const Shape& first = inputs.front();
    for (const Shape& shape : inputs) {
      if (shape == first || shape == Shape{first.channels}) continue;
      throw Error::input("multiply of " + to_text(first) + " and " + to_text(shape),
                         "the shapes must be equal, or all after the first have a value for each "
                         "channel");
    }
    return first;
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {out, in + out, 0};
  }
  // Reads every input and the gradient, writes the gradient of every input.
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {2 * out, 2 * in + out, 0};
  }
  [[nodiscard]] std::string key(const Layer&, const std::vector<Shape>& inputs) const override {
    std::string parts;
    for (const Shape& input : inputs) parts += (parts.empty() ? "" : " ") + to_text(input);
    return parts;
  }
  [[nodiscard]] bool backward_reads_input() const override { return true; }
};

}  // namespace

const LayerOp& multiply_op() {
  static const Multiply op;
  return op;
}

}  // namespace rehearse
