// Local response normalisation across channels (Krizhevsky, Sutskever and Hinton, "ImageNet
// classification with deep convolutional neural networks", 2012).
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

class Lrn final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"localresponsenorm", "localresponsenormalization"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override { return {{"size", {"localsize"}}}; }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.lrn_size = layer.optional_integer("size", 1, 10'000).value_or(5);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.lrn_size = spec.lrn_size;
  }

  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("size", spec.lrn_size, 1);
    return inputs.front();
  }
  // The sum of squares over lrn_size channels, then a power and a product; the scale is kept.
  [[nodiscard]] SampleWork forward(const Layer& layer, double, double out) const override {
    return {out * (2.0 * static_cast<double>(layer.lrn_size) + 3), 3 * out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double, double out) const override {
    return {out * (2.0 * static_cast<double>(layer.lrn_size) + 5), 5 * out, 0};
  }
  [[nodiscard]] std::string key(const Layer& layer, const std::vector<Shape>&) const override {
    return to_text(layer.output) + " size " + std::to_string(layer.lrn_size);
  }
  [[nodiscard]] bool backward_reads_input() const override { return true; }
};

}  // namespace

const LayerOp& lrn_op() {
  static const Lrn op;
  return op;
}

}  // namespace rehearse
