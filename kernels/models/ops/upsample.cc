// Enlarges images by a whole factor.
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

class Upsample final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"upsampling2d", "interpolate", "resize"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    return {{"factor", {"scalefactor", "scale", "size"}}};
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.factor = layer.optional_integer("factor", 1, 1000).value_or(2);
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("factor", spec.factor, 1);
    Shape shape = inputs.front();
    shape.height *= spec.factor;
    shape.width *= spec.factor;
    if (shape.depth > 1) shape.depth *= spec.factor;
    return shape;
  }
  [[nodiscard]] SampleWork forward(const Layer&, double in, double out) const override {
    return {out, in + out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double in, double out) const override {
    return {out, in + out, 0};
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output);
  }
};

}  // namespace

const LayerOp& upsample_op() {
  static const Upsample op;
  return op;
}

}  // namespace rehearse
