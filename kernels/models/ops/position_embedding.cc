// Adds a learnt vector for each position, and one for the type of a token where there are types.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class PositionEmbedding final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"positionalembedding", "positionalencoding", "learnedpositions"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    return {{"positions", {"maxpositionembeddings", "npositions", "maxlen"}},
            {"types", {"typevocabsize", "tokentypes"}}};
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.vocabulary = layer.integer("positions", 1, kMaxDimension);
    spec.features = layer.optional_integer("types", 0, kMaxDimension).value_or(0);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.vocabulary = spec.vocabulary + spec.features;
    layer.types = spec.features;
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    const Shape& in = inputs.front();
    if (in.sequence > spec.vocabulary) {
      throw Error::input("a sequence of " + std::to_string(in.sequence) + " steps",
                         "it has learnt positions for " + std::to_string(spec.vocabulary),
                         "shorten the sequence");
    }
    return in;
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    return {{layer.name + ".weight", layer.vocabulary * layer.output.channels}};
  }
  [[nodiscard]] double weight_variance(const Layer&, const ParameterTensor&) const override {
    return 0.02 * 0.02;
  }
  [[nodiscard]] SampleWork forward(const Layer& layer, double, double out) const override {
    return {out, 2 * out, static_cast<double>(parameter_elements(layer))};
  }
  // The gradient passes as it is.
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double) const override { return {}; }
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double, double out) const override {
    return {out, out, static_cast<double>(parameter_elements(layer))};
  }
  [[nodiscard]] bool is_elementwise() const override { return true; }
};

}  // namespace

const LayerOp& position_embedding_op() {
  static const PositionEmbedding op;
  return op;
}

}  // namespace rehearse
