// Dropout: training sets a share of the elements to zero.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Dropout final : public LayerOp {
 public:
  [[nodiscard]] std::vector<LayerKey> keys() const override { return {{"rate", {"p", "dropout"}}}; }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.dropout_rate = layer.optional_number("rate", 0, 0.999).value_or(0.5);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.dropout_rate = spec.dropout_rate;
  }

  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    if (!(spec.dropout_rate >= 0 && spec.dropout_rate < 1)) {
      throw Error::input("the dropout rate is out of range", "it must be in [0, 1)");
    }
    return inputs.front();
  }
  // Reads the input, writes the output and the mask.
  [[nodiscard]] SampleWork forward(const Layer&, double, double out) const override {
    return {2 * out, 3 * out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double out) const override {
    return {out, 3 * out, 0};
  }
  // The mask.
  [[nodiscard]] std::int64_t kept_bytes(const Layer& layer) const override {
    return layer.output.elements();
  }
  [[nodiscard]] bool is_elementwise() const override { return true; }
};

}  // namespace

const LayerOp& dropout_op() {
  static const Dropout op;
  return op;
}

}  // namespace rehearse
