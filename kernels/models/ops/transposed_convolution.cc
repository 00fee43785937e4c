// A transposed convolution: the gradient of a convolution by its data, as a layer (Dumoulin and
// Visin, arXiv:1603.07285, chapter 4): out = (in - 1) stride - 2 padding + dilation (kernel - 1)
// + 1.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/matrix_op.h"
#include "kernels/models/ops/windows.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

class TransposedConvolution final : public MatrixOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"convtranspose", "convtranspose2d", "conv2dtranspose", "deconvolution", "deconv"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    std::vector<LayerKey> keys{
        {"channels", {"outchannels", "filters", "numfilters", "numoutput", "features"}}};
    for (LayerKey& key : window_keys()) keys.push_back(std::move(key));
    keys.push_back({"bias", {"usebias", "biasterm"}});
    return keys;
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.features = layer.integer("channels", 1, kMaxDimension);
    spec.window = read_window(layer, false);
    spec.bias = layer.optional_boolean("bias").value_or(true);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.window = spec.window;
    layer.bias = spec.bias;
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("channels", spec.features, 1);
    return slide_back(spec.window, inputs.front(), spec.features);
  }
  // Each input is multiplied with the whole kernel.
  [[nodiscard]] double products(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs.front();
    return static_cast<double>(in.elements()) * static_cast<double>(layer.output.channels) *
           static_cast<double>(layer.window.size()) / static_cast<double>(layer.output.elements());
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(
      const Layer& layer, const std::vector<Shape>& inputs) const override {
    return weight_and_bias(layer, static_cast<double>(inputs.front().channels) *
                                      static_cast<double>(layer.output.channels) *
                                      static_cast<double>(layer.window.size()));
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output) + window_text(layer.window) +
           (layer.bias ? " bias" : "");
  }
};

}  // namespace

const LayerOp& transposed_convolution_op() {
  static const TransposedConvolution op;
  return op;
}

}  // namespace rehearse
