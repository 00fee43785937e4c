// Concatenation along channels.
#include "base/error.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

class Concat final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"concatenate", "cat"};
  }

  [[nodiscard]] bool joins() const override { return true; }
  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    Shape sum = inputs.front();
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      Shape same = inputs[i];
      same.channels = sum.channels;
      if (same != sum) {
        throw Error::input("concat of " + to_text(inputs.front()) + " and " + to_text(inputs[i]),
                           "only channels may differ");
      }
      sum.channels += inputs[i].channels;
      check_range("channels", sum.channels, 1);  // before the next one could overflow
    }
    return sum;
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {0, in + out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {0, in + out, 0};
  }
  [[nodiscard]] std::string key(const Layer&, const std::vector<Shape>& inputs) const override {
    std::string parts;
    for (const Shape& input : inputs) parts += (parts.empty() ? "" : " ") + to_text(input);
    return parts;
  }
};

}  // namespace

const LayerOp& concat_op() {
  static const Concat op;
  return op;
}

}  // namespace rehearse
