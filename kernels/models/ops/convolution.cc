// A convolution, with groups and a bias.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/matrix_op.h"
#include "kernels/models/ops/windows.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

class Convolution final : public MatrixOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"conv", "conv1d", "conv2d", "depthwiseconv2d"};
  }

  [[nodiscard]] std::vector<LayerKey> keys() const override {
    std::vector<LayerKey> keys{
        {"channels", {"outchannels", "filters", "numfilters", "numoutput", "features"}}};
    for (LayerKey& key : window_keys()) keys.push_back(std::move(key));
    keys.push_back({"groups", {"numgroups", "group"}});
    keys.push_back({"bias", {"usebias", "biasterm"}});
    return keys;
  }

  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.features = layer.integer("channels", 1, kMaxDimension);
    spec.window = read_window(layer, false);
    spec.groups = layer.optional_integer("groups", 1, kMaxDimension).value_or(1);
    spec.bias = layer.optional_boolean("bias").value_or(true);
  }

  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.window = spec.window;
    layer.groups = spec.groups;
    layer.bias = spec.bias;
  }

  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("channels", spec.features, 1);
    check_groups(spec, inputs.front());
    return slide(spec.window, inputs.front(), spec.features);
  }

  [[nodiscard]] double products(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return static_cast<double>(inputs.front().channels / layer.groups) *
           static_cast<double>(layer.window.size());
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    return weight_and_bias(layer, layer.products * static_cast<double>(layer.output.channels));
  }

  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output) + window_text(layer.window) +
           " groups " + std::to_string(layer.groups) + (layer.bias ? " bias" : "");
  }

 private:
  static void check_groups(const LayerSpec& spec, const Shape& in) {
    check_range("groups", spec.groups, 1);
    if (in.channels % spec.groups == 0 && spec.features % spec.groups == 0) return;
    throw Error::input(std::to_string(spec.groups) + " groups do not divide " +
                       std::to_string(in.channels) + " input and " + std::to_string(spec.features) +
                       " output channels");
  }
};

}  // namespace

const LayerOp& convolution_op() {
  static const Convolution op;
  return op;
}

}  // namespace rehearse
