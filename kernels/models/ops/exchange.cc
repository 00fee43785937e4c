// What ranks exchange that share a layer (Exchange): on one rank it computes nothing but the bias
// of a product whose parts were summed.
#include <cmath>

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class ExchangeOp final : public LayerOp {
 public:
  void read(ObjectReader&, LayerSpec&) const override {
    throw Error::input("'exchange' is no layer of a model", "layouts put exchanges between layers",
                       "leave it out and give training.parallelism");
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.exchange = spec.exchange;
    layer.bias = spec.bias;
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    Shape shape = inputs.front();
    const std::int64_t ways = spec.exchange.ways;
    if (spec.exchange.kind == Exchange::Kind::gather) shape.sequence *= ways;
    if (spec.exchange.kind == Exchange::Kind::scatter) {
      if (shape.sequence % ways != 0) {
        throw Error::input("a sequence of " + std::to_string(shape.sequence) + " steps",
                           "it does not divide by " + std::to_string(ways) + " ranks");
      }
      shape.sequence /= ways;
    }
    if (spec.exchange.height > 0) shape.height = spec.exchange.height;
    if (spec.exchange.width > 0) shape.width = spec.exchange.width;
    return shape;
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    if (!layer.bias) return {};
    return {{layer.name + ".bias", layer.output.channels, ParameterRole::shift}};
  }
  // The bias is added by the kernel that follows.
  [[nodiscard]] SampleWork forward(const Layer&, double, double) const override { return {}; }
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double) const override { return {}; }
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double, double out) const override {
    if (!layer.bias) return {};
    return {out, out, static_cast<double>(layer.output.channels)};
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output);
  }
  // A tile is kept with its halo.
  [[nodiscard]] std::int64_t kept_elements(const Layer& layer) const override {
    return layer.exchange.kind == Exchange::Kind::halo ? std::llround(layer.exchange.elements) : 0;
  }
  [[nodiscard]] bool is_view() const override { return true; }
};

}  // namespace

const LayerOp& exchange_op() {
  static const ExchangeOp op;
  return op;
}

}  // namespace rehearse
