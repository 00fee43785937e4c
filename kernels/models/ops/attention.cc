// Attention over the steps of a sequence: multi-head, or with groups of queries that share keys and
// values; causal or not, over all steps or a window. Its input holds queries, keys and values of
// each step (attention_keys.h), or there are three inputs.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/attention_core.h"
#include "kernels/models/ops/attention_keys.h"
#include "kernels/models/work.h"

namespace rehearse {
namespace {

class Attention final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"multiheadattention", "mha", "selfattention", "scaleddotproductattention", "gqa"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    std::vector<LayerKey> keys = head_keys();
    keys.push_back({"causal", {"iscausal", "usecausalmask"}});
    keys.push_back({"window", {"slidingwindow", "windowsize"}});
    keys.push_back({"flash", {"flashattention"}});
    keys.push_back({"dropout", {"attentiondropout", "rate", "p"}});
    return keys;
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    read_heads(layer, spec);
    AttentionShape& attention = spec.attention;
    attention.causal = layer.optional_boolean("causal").value_or(true);
    attention.window = layer.optional_integer("window", 0, kMaxDimension).value_or(0);
    attention.flash = layer.optional_boolean("flash").value_or(true);
    attention.dropout_rate = layer.optional_number("dropout", 0, 0.999).value_or(0);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.attention = spec.attention;
  }

  [[nodiscard]] std::string_view sequence_text() const override { return "a sequence of vectors"; }
  [[nodiscard]] bool takes(std::size_t inputs) const override { return inputs == 1 || inputs == 3; }
  [[nodiscard]] std::string_view inputs_text() const override {
    return "one input or three (queries, keys, values)";
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    std::int64_t channels = 0;
    for (const Shape& shape : inputs) {
      if (shape.sequence != inputs.front().sequence || shape.height != 1 || shape.width != 1) {
        throw Error::input("attention of " + to_text(inputs.front()) + " and " + to_text(shape),
                           "it takes sequences of vectors, all of the same length");
      }
      channels += shape.channels;
    }
    const AttentionShape attention = complete(spec.attention, channels);
    return {attention.heads * attention.value_dim, 1, 1, inputs.front().sequence};
  }
  void finish(Layer& layer, const std::vector<Shape>& inputs) const override {
    std::int64_t channels = 0;
    for (const Shape& shape : inputs) channels += shape.channels;
    layer.attention = complete(layer.attention, channels);
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    if (!layer.attention.sinks) return {};
    return {{layer.name + ".sinks", layer.attention.heads, ParameterRole::shift}};
  }

  [[nodiscard]] SampleWork forward(const Layer& layer, double, double) const override {
    return sum(attention_forward(layer.attention, layer.steps));
  }
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double, double) const override {
    return sum(attention_backward(layer.attention, layer.steps));
  }
  [[nodiscard]] double multiply_adds(const Layer& layer) const override {
    return attention_multiply_adds(layer.attention, layer.steps);
  }
  [[nodiscard]] double attention_multiply_adds_of(const Layer& layer) const override {
    return multiply_adds(layer);
  }
  [[nodiscard]] std::vector<KernelWork> kernels(const Layer& layer,
                                                Direction direction) const override {
    if (direction == Direction::forward) return attention_forward(layer.attention, layer.steps);
    if (direction == Direction::backward_data) {
      return attention_backward(layer.attention, layer.steps);
    }
    return {};
  }
  [[nodiscard]] std::string key(const Layer& layer, const std::vector<Shape>&) const override {
    const AttentionShape& a = layer.attention;
    return to_text(layer.output) + " heads " + std::to_string(a.heads) + "/" +
           std::to_string(a.kv_heads) + (a.causal ? " causal" : "") +
           (a.window > 0 ? " window " + std::to_string(a.window) : "") + (a.flash ? " flash" : "");
  }

  [[nodiscard]] bool backward_reads_input() const override { return true; }
  [[nodiscard]] bool backward_reads_output() const override { return true; }
  [[nodiscard]] std::int64_t kept_elements(const Layer& layer) const override {
    return attention_kept_elements(layer.attention, layer.steps);
  }
  [[nodiscard]] std::int64_t kept_bytes(const Layer& layer) const override {
    return attention_kept_bytes(layer.attention, layer.steps);
  }
};

}  // namespace

const LayerOp& attention_op() {
  static const Attention op;
  return op;
}

}  // namespace rehearse
