// Multi-head latent attention (DeepSeek-AI, arXiv:2405.04434, section 2.1) as it trains: queries,
// keys and values are made from normalised latents; a part of each key that carries the position is
// shared by all heads. With h features, a heads, d_n + d_r features of a query and a key, d_v of a
// value:
//
//   queries: h -> r_q, norm, r_q -> a (d_n + d_r)     or h -> a (d_n + d_r) where r_q is 0
//   keys, values: h -> r_kv + d_r, norm of r_kv, r_kv -> a (d_n + d_v)
//
// The expanded queries, keys and values are kept for the backward pass, and one copy of the
// latents.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/attention_core.h"
#include "kernels/models/ops/gemms.h"
#include "kernels/models/shape_checks.h"
#include "kernels/models/work.h"

namespace rehearse {
namespace {

std::vector<Gemm> products(const Layer& layer) {
  const AttentionShape& a = layer.attention;
  const auto rows = static_cast<double>(layer.steps);
  const double in = layer.products;
  const auto count = [](std::int64_t x) { return static_cast<double>(x); };
  std::vector<Gemm> list;
  if (a.query_rank > 0) {
    list.push_back({rows, in, count(a.query_rank)});
    list.push_back({rows, count(a.query_rank), count(a.queries())});
  } else {
    list.push_back({rows, in, count(a.queries())});
  }
  list.push_back({rows, in, count(a.latent_rank + a.rotary_dim)});
  list.push_back(
      {rows, count(a.latent_rank), count(a.heads * (a.head_dim - a.rotary_dim + a.value_dim))});
  return list;
}

// The norms of the latents and the rotation of what carries the position: passes over both.
double streamed(const Layer& layer) {
  const AttentionShape& a = layer.attention;
  const std::int64_t features = a.query_rank + a.latent_rank + (a.heads + 1) * a.rotary_dim;
  return static_cast<double>(layer.steps * features);
}

class LatentAttention final : public OfKernels {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override { return {"mla"}; }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    return {{"heads", {"numheads", "numattentionheads"}},
            {"nope_dim", {"qknopeheaddim"}},
            {"rope_dim", {"qkropeheaddim"}},
            {"value_dim", {"vheaddim"}},
            {"latent_rank", {"kvlorarank"}},
            {"query_rank", {"qlorarank"}},
            {"flash", {"flashattention"}}};
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    AttentionShape& a = spec.attention;
    a.heads = a.kv_heads = layer.integer("heads", 1, kMaxDimension);
    a.rotary_dim = layer.integer("rope_dim", 1, kMaxDimension);
    a.head_dim = layer.integer("nope_dim", 1, kMaxDimension) + a.rotary_dim;
    a.value_dim = layer.integer("value_dim", 1, kMaxDimension);
    a.latent_rank = layer.integer("latent_rank", 1, kMaxDimension);
    a.query_rank = layer.optional_integer("query_rank", 0, kMaxDimension).value_or(0);
    a.flash = layer.optional_boolean("flash").value_or(true);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.attention = spec.attention;
  }
  [[nodiscard]] std::string_view sequence_text() const override { return "a sequence of vectors"; }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("heads", spec.attention.heads, 1);
    return {spec.attention.heads * spec.attention.value_dim, 1, 1, inputs.front().sequence};
  }
  [[nodiscard]] double products(const Layer&, const std::vector<Shape>& inputs) const override {
    return static_cast<double>(inputs.front().channels);
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    const AttentionShape& a = layer.attention;
    const auto in = static_cast<std::int64_t>(layer.products);
    const auto tensor = [&](const char* what, std::int64_t elements, ParameterRole role) {
      return ParameterTensor{layer.name + what, elements, role};
    };
    constexpr ParameterRole kWeight = ParameterRole::weight, kScale = ParameterRole::scale;
    std::vector<ParameterTensor> list;
    if (a.query_rank > 0) {
      list.push_back(tensor(".query_down", in * a.query_rank, kWeight));
      list.push_back(tensor(".query_norm", a.query_rank, kScale));
      list.push_back(tensor(".query_up", a.query_rank * a.queries(), kWeight));
    } else {
      list.push_back(tensor(".query", in * a.queries(), kWeight));
    }
    list.push_back(tensor(".latent_down", in * (a.latent_rank + a.rotary_dim), kWeight));
    list.push_back(tensor(".latent_norm", a.latent_rank, kScale));
    list.push_back(tensor(".latent_up",
                          a.latent_rank * a.heads * (a.head_dim - a.rotary_dim + a.value_dim),
                          kWeight));
    return list;
  }

  [[nodiscard]] std::vector<KernelWork> kernels(const Layer& layer,
                                                Direction direction) const override {
    std::vector<KernelWork> list;
    for (const Gemm& gemm : rehearse::products(layer)) {
      if (direction == Direction::forward) list.push_back(gemm.forward());
      if (direction == Direction::backward_data) list.push_back(gemm.data_gradient());
      if (direction == Direction::backward_weights) list.push_back(gemm.weight_gradient());
    }
    if (direction == Direction::backward_weights) return list;
    const bool forwards = direction == Direction::forward;
    list.push_back(stream((forwards ? 2 : 3) * streamed(layer), 6 * streamed(layer)));
    const std::vector<KernelWork> core = forwards
                                             ? attention_forward(layer.attention, layer.steps)
                                             : attention_backward(layer.attention, layer.steps);
    list.insert(list.end(), core.begin(), core.end());
    return list;
  }
  [[nodiscard]] double multiply_adds(const Layer& layer) const override {
    double sum = attention_multiply_adds_of(layer);
    for (const Gemm& gemm : rehearse::products(layer)) sum += gemm.multiply_adds();
    return sum;
  }
  [[nodiscard]] double attention_multiply_adds_of(const Layer& layer) const override {
    return attention_multiply_adds(layer.attention, layer.steps);
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    const AttentionShape& a = layer.attention;
    return to_text(inputs.front()) + " heads " + std::to_string(a.heads) + " of " +
           std::to_string(a.head_dim) + " ranks " + std::to_string(a.query_rank) + " " +
           std::to_string(a.latent_rank);
  }

  [[nodiscard]] bool backward_reads_input() const override { return true; }
  [[nodiscard]] bool backward_reads_output() const override { return true; }
  [[nodiscard]] std::int64_t kept_elements(const Layer& layer) const override {
    const AttentionShape& a = layer.attention;
    const std::int64_t latents = a.query_rank + a.latent_rank + a.rotary_dim;
    const std::int64_t expanded = 2 * a.queries() + a.heads * a.value_dim;
    return layer.steps * (latents + expanded) + attention_kept_elements(a, layer.steps);
  }
  [[nodiscard]] std::int64_t kept_bytes(const Layer& layer) const override {
    return attention_kept_bytes(layer.attention, layer.steps);
  }
};

}  // namespace

const LayerOp& latent_attention_op() {
  static const LatentAttention op;
  return op;
}

}  // namespace rehearse
