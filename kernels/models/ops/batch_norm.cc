// Batch normalisation with a scale and a shift per channel.
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

double weights(const Layer& layer) { return static_cast<double>(parameter_elements(layer)); }

class BatchNorm final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"bn", "batchnorm2d", "batchnormalization"};
  }

  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    const std::int64_t channels = layer.output.channels;
    return {{layer.name + ".weight", channels, ParameterRole::scale},
            {layer.name + ".bias", channels, ParameterRole::shift}};
  }
  [[nodiscard]] std::int64_t statistics(const Layer& layer) const override {
    return 2 * layer.output.channels;
  }

  // Mean and variance in one pass (3), then x * scale + shift in another (2).
  [[nodiscard]] SampleWork forward(const Layer& layer, double, double out) const override {
    return {5 * out, 3 * out, weights(layer)};
  }
  // Reads x and dy, writes dx, with the two sums that backward_weights has made.
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double, double out) const override {
    return {5 * out, 3 * out, weights(layer)};
  }
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double, double out) const override {
    return {4 * out, 2 * out, weights(layer)};
  }
  [[nodiscard]] ReluFusion relu_fusion() const override { return ReluFusion::both; }
  [[nodiscard]] bool backward_reads_input() const override { return true; }
};

}  // namespace

const LayerOp& batch_norm_op() {
  static const BatchNorm op;
  return op;
}

}  // namespace rehearse
