// The mean of each channel.
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class GlobalAveragePool final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"adaptiveavgpool2d", "globalaveragepooling2d", "globalavgpool", "gap"};
  }

  [[nodiscard]] Shape output(const LayerSpec&, const std::vector<Shape>& inputs) const override {
    return {inputs.front().channels, 1, 1, inputs.front().sequence};
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {in, in + out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {in, in + out, 0};
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output);
  }
};

}  // namespace

const LayerOp& global_average_pool_op() {
  static const GlobalAveragePool op;
  return op;
}

}  // namespace rehearse
