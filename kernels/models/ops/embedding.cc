// A learnt vector for each token. Its input is a sequence of tokens, one number per step.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

class Embedding final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"embed", "tokenembedding", "embeddinglookup"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    return {{"vocabulary", {"vocabsize", "numembeddings", "vocab"}},
            {"features", {"embeddingdim", "dim", "units", "hiddensize"}}};
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.vocabulary = layer.integer("vocabulary", 1, kMaxDimension);
    spec.features = layer.integer("features", 1, kMaxDimension);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.vocabulary = spec.vocabulary;
  }
  [[nodiscard]] std::string_view sequence_text() const override { return "a sequence of tokens"; }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("vocabulary", spec.vocabulary, 1);
    check_range("features", spec.features, 1);
    const Shape& in = inputs.front();
    if (in.channels != 1 || in.height != 1 || in.width != 1) {
      throw Error::input("an embedding of " + to_text(in), "it takes one token for each step",
                         "give the input \"channels\": 1 and \"sequence\"");
    }
    return {spec.features, 1, 1, in.sequence};
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    return {{layer.name + ".weight", layer.vocabulary * layer.output.channels}};
  }
  // Standard deviation 0.02 (Radford et al., "Improving language understanding by generative
  // pre-training", 2018, section 4.1).
  [[nodiscard]] double weight_variance(const Layer&, const ParameterTensor&) const override {
    return 0.02 * 0.02;
  }
  // Reads and writes a row for each step.
  [[nodiscard]] SampleWork forward(const Layer&, double, double out) const override {
    return {0, 2 * out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double) const override { return {}; }
  // Clears the gradient of the table, then adds a row for each step.
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double, double out) const override {
    return {out, 3 * out, static_cast<double>(parameter_elements(layer))};
  }
  [[nodiscard]] std::string key(const Layer& layer, const std::vector<Shape>&) const override {
    return to_text(layer.output) + " of " + std::to_string(layer.vocabulary);
  }
  // The tokens, as 64-bit integers.
  [[nodiscard]] std::int64_t kept_bytes(const Layer& layer) const override {
    return 8 * layer.output.sequence;
  }
};

}  // namespace

const LayerOp& embedding_op() {
  static const Embedding op;
  return op;
}

}  // namespace rehearse
