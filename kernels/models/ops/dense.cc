// A dense layer: it takes all of its input as one vector.
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/matrix_op.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

class Dense final : public MatrixOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"linear", "fc", "fullyconnected", "innerproduct"};
  }

  [[nodiscard]] std::vector<LayerKey> keys() const override {
    return {{"features", {"units", "outfeatures", "numoutput", "channels", "outputs"}},
            {"bias", {"usebias", "biasterm"}},
            {"tied", {"tieweights", "sharedweights"}}};
  }

  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.features = layer.integer("features", 1, kMaxDimension);
    spec.bias = layer.optional_boolean("bias").value_or(true);
  }

  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.bias = spec.bias && !spec.tied;
    layer.tied = spec.tied;
  }

  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("features", spec.features, 1);
    return {spec.features, 1, 1, inputs.front().sequence};
  }

  [[nodiscard]] double products(const Layer&, const std::vector<Shape>& inputs) const override {
    return static_cast<double>(inputs.front().elements() / inputs.front().sequence);
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    if (layer.tied) return {};
    return weight_and_bias(layer, layer.products * static_cast<double>(layer.output.channels));
  }

  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output) + (layer.bias ? " bias" : "");
  }
};

}  // namespace

const LayerOp& dense_op() {
  static const Dense op;
  return op;
}

}  // namespace rehearse
