// Batch normalisation with a scale and a shift per channel. A ghost batch is a part of a worker's
// batch with a mean and a variance of its own (Hoffer, Hubara and Soudry, arXiv:1705.08741), which
// costs the same. Synchronised, all workers have one mean and one variance (Peng et al.,
// arXiv:1711.07240): each direction sums two values per channel over them.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

double weights(const Layer& layer) { return static_cast<double>(parameter_elements(layer)); }

class BatchNorm final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"bn", "batchnorm2d", "batchnormalization"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    return {{"ghost", {"virtualbatchsize", "ghostbatchsize"}}, {"sync", {"synchronized"}}};
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.ghost = layer.optional_integer("ghost", 1, kMaxDimension).value_or(0);
    spec.synchronised = layer.optional_boolean("sync").value_or(false);
    if (!spec.synchronised || spec.ghost == 0) return;
    throw layer.error_at("sync", "both 'ghost' and 'sync' are given",
                         "the one makes batches smaller, the other larger", "give one");
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.ghost = spec.ghost;
    layer.synchronised = spec.synchronised;
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("ghost", spec.ghost, 0);
    return inputs.front();
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

  [[nodiscard]] std::int64_t summed_elements(const Layer& layer) const override {
    return layer.synchronised ? 2 * layer.output.channels : 0;
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
