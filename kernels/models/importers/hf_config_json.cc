#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "kernels/models/importers/hf_config.h"
#include "kernels/models/importers/hf_ignored_keys.h"
#include "kernels/models/model_limits.h"

namespace rehearse {
namespace {

using zoo::Norm;
using zoo::TransformerConfig;
using zoo::Unit;

constexpr std::int64_t kMost = kMaxDimension;

// The keys that most architectures share.
class Config {
 public:
  explicit Config(ObjectReader reader) : reader_(std::move(reader)) {
    for (const char* key : kIgnoredHfKeys) reader_.has(key);
    config_.name = reader_.string("model_type");
    config_.vocabulary = reader_.integer("vocab_size", 1, kMost);
  }

  ObjectReader& reader() { return reader_; }
  TransformerConfig& config() { return config_; }

  std::int64_t count(const char* key) { return reader_.integer(key, 1, kMost); }
  std::int64_t count_or(const char* key, std::int64_t otherwise) {
    return reader_.optional_integer(key, 0, kMost).value_or(otherwise);
  }
  bool flag(const char* key, bool otherwise) {
    return reader_.optional_boolean(key).value_or(otherwise);
  }
  double rate(const char* key, double otherwise) {
    return reader_.optional_number(key, 0, 0.999).value_or(otherwise);
  }

  void extents(const char* layers, const char* hidden, const char* heads) {
    config_.layers = reader_.integer(layers, 1, 10'000);
    config_.hidden = count(hidden);
    config_.attention.heads = config_.attention.kv_heads = count(heads);
  }

  // Absent: the features shared out among the heads.
  void head_dim() {
    AttentionShape& a = config_.attention;
    a.head_dim = reader_.optional_integer("head_dim", 1, kMost).value_or(0);
    if (a.head_dim == 0) {
      if (config_.hidden % a.heads != 0) {
        throw reader_.error_at("num_attention_heads", std::to_string(a.heads) + " heads",
                               "they do not divide " + std::to_string(config_.hidden) + " features",
                               "give 'head_dim'");
      }
      a.head_dim = config_.hidden / a.heads;
    }
    a.value_dim = a.head_dim;
  }

  void kv_heads(std::int64_t otherwise) {
    AttentionShape& a = config_.attention;
    a.kv_heads = reader_.optional_integer("num_key_value_heads", 1, kMost).value_or(otherwise);
    if (a.heads % a.kv_heads == 0) return;
    throw reader_.error_at(
        "num_key_value_heads", std::to_string(a.kv_heads) + " heads",
        "they do not divide the " + std::to_string(a.heads) + " heads of queries");
  }

  void tied(bool otherwise) { config_.tied = flag("tie_word_embeddings", otherwise); }

  // Of a unit without a gate.
  void plain_unit(const char* key) {
    const std::string word = reader_.optional_string(key).value_or("gelu");
    if (word.find("gelu") != std::string::npos) {
      config_.unit = Unit::gelu;
    } else if (word == "relu") {
      config_.unit = Unit::relu;
    } else {
      throw reader_.error_at(key, "'" + word + "' is not known here", "gelu and relu are");
    }
  }
  // Gated: whatever the function, it costs as much.
  void gated_unit() {
    config_.unit = Unit::swiglu;
    const std::string word = reader_.optional_string("hidden_act").value_or("silu");
    if (word == "silu" || word == "swish" || word.find("gelu") != std::string::npos) return;
    throw reader_.error_at("hidden_act", "'" + word + "' is not known here", "silu and gelu are");
  }

  // Layers whose attention is not "sliding_attention".
  void layer_types() {
    if (!reader_.has("layer_types")) return;
    const std::vector<std::string> types = reader_.strings("layer_types");
    if (static_cast<std::int64_t>(types.size()) != config_.layers) {
      throw reader_.error_at("layer_types", std::to_string(types.size()) + " types",
                             "the model has " + std::to_string(config_.layers) + " layers");
    }
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (types[i] == "full_attention") {
        config_.full_layers.insert(static_cast<std::int64_t>(i));
      } else if (types[i] != "sliding_attention") {
        throw reader_.error_at("layer_types", "'" + types[i] + "' is not known",
                               "it can be full_attention or sliding_attention");
      }
    }
  }

 private:
  ObjectReader reader_;
  TransformerConfig config_;
};

void read_gpt2(Config& read) {
  TransformerConfig& config = read.config();
  read.extents("n_layer", "n_embd", "n_head");
  read.head_dim();
  config.positions = read.reader().optional_integer("n_positions", 1, kMost).value_or(1024);
  read.reader().has("max_position_embeddings");
  config.ffn = read.count_or("n_inner", 4 * config.hidden);
  config.norm = Norm::layer_norm;
  read.plain_unit("activation_function");
  config.qkv_bias = config.output_bias = config.ffn_bias = true;
  config.attention.dropout_rate = read.rate("attn_pdrop", 0.1);
  config.dropout_rate = read.rate("resid_pdrop", 0.1);
  read.rate("embd_pdrop", 0.1);
  read.tied(true);
}

void read_bert(Config& read) {
  TransformerConfig& config = read.config();
  read.extents("num_hidden_layers", "hidden_size", "num_attention_heads");
  read.head_dim();
  config.positions = read.count_or("max_position_embeddings", 512);
  config.types = read.count_or("type_vocab_size", 2);
  config.ffn = read.count("intermediate_size");
  config.norm = Norm::layer_norm;
  config.norm_after = config.pooler = true;
  read.plain_unit("hidden_act");
  config.attention.causal = false;
  config.qkv_bias = config.output_bias = config.ffn_bias = true;
  config.attention.dropout_rate = read.rate("attention_probs_dropout_prob", 0.1);
  config.dropout_rate = read.rate("hidden_dropout_prob", 0.1);
  read.tied(true);
}

// What Llama and its heirs have in common.
void read_rotary(Config& read) {
  TransformerConfig& config = read.config();
  read.extents("num_hidden_layers", "hidden_size", "num_attention_heads");
  read.gated_unit();
  read.reader().has("max_position_embeddings");
  config.attention.dropout_rate = read.rate("attention_dropout", 0);
  read.tied(false);
}

void read_grouped(Config& read, std::int64_t default_kv_heads) {
  read_rotary(read);
  read.head_dim();
  read.kv_heads(default_kv_heads > 0 ? default_kv_heads : read.config().attention.heads);
}

void read_llama(Config& read) {
  read_grouped(read, 0);
  TransformerConfig& config = read.config();
  config.ffn = read.count("intermediate_size");
  config.qkv_bias = config.output_bias = read.flag("attention_bias", false);
  config.ffn_bias = read.flag("mlp_bias", false);
}

void read_window(Config& read) {
  read.config().attention.window = read.count_or("sliding_window", 0);
}

void read_mistral(Config& read) {
  read_grouped(read, 8);
  read.config().ffn = read.count("intermediate_size");
  read_window(read);
}

// A window that is used from a layer on, which a separate key turns on.
void read_qwen_window(Config& read) {
  const bool used = read.flag("use_sliding_window", false);
  read_window(read);
  read.layer_types();
  if (!used) read.config().attention.window = 0;
}

void read_qwen2(Config& read) {
  read_grouped(read, 32);
  read.config().ffn = read.count("intermediate_size");
  read.config().qkv_bias = true;
  read_qwen_window(read);
}

void read_qwen3(Config& read) {
  read_grouped(read, 32);
  TransformerConfig& config = read.config();
  config.ffn = read.count("intermediate_size");
  config.head_norm = true;
  config.qkv_bias = config.output_bias = read.flag("attention_bias", false);
  read_qwen_window(read);
}

void read_experts(Config& read, const char* experts, const char* features) {
  ExpertShape& shape = read.config().experts;
  shape.experts = read.count(experts);
  shape.active = read.count("num_experts_per_tok");
  shape.features = read.count(features);
  if (shape.active > shape.experts) {
    throw read.reader().error_at("num_experts_per_tok",
                                 std::to_string(shape.active) + " experts cannot be active",
                                 "there are " + std::to_string(shape.experts));
  }
}

void read_qwen3_moe(Config& read) {
  read_grouped(read, 4);
  TransformerConfig& config = read.config();
  config.ffn = read.count_or("intermediate_size", 0);
  config.head_norm = true;
  config.qkv_bias = config.output_bias = read.flag("attention_bias", false);
  read_experts(read, "num_experts", "moe_intermediate_size");
  const std::int64_t step = std::max<std::int64_t>(read.count_or("decoder_sparse_step", 1), 1);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    if ((i + 1) % step != 0) config.dense_layers.insert(i);
  }
  if (read.reader().has("mlp_only_layers")) {
    for (const std::int64_t i : read.reader().integers("mlp_only_layers", 0, config.layers - 1)) {
      config.dense_layers.insert(i);
    }
  }
  read_qwen_window(read);
}

void read_mixtral(Config& read) {
  read_grouped(read, 8);
  read_experts(read, "num_local_experts", "intermediate_size");
  read_window(read);
}

void read_deepseek(Config& read) {
  read_rotary(read);
  TransformerConfig& config = read.config();
  read.reader().has("num_key_value_heads");
  // A bias balances the experts without a loss (Wang et al., arXiv:2408.15664).
  config.router_bias = read.reader().optional_string("topk_method").value_or("") == "noaux_tc";
  AttentionShape& a = config.attention;
  a.rotary_dim = read.count("qk_rope_head_dim");
  a.head_dim = read.count("qk_nope_head_dim") + a.rotary_dim;
  a.value_dim = read.count("v_head_dim");
  a.latent_rank = read.count("kv_lora_rank");
  a.query_rank = read.count_or("q_lora_rank", 0);
  if (read.flag("attention_bias", false)) {
    throw read.reader().error_at("attention_bias", "biases of latent attention do not work", "",
                                 "set it to false");
  }
  read.reader().has("head_dim");
  config.ffn = read.count("intermediate_size");
  if (!read.reader().has("n_routed_experts")) return;
  read_experts(read, "n_routed_experts", "moe_intermediate_size");
  config.shared_features = read.count_or("n_shared_experts", 0) * config.experts.features;
  const std::int64_t dense = read.count_or("first_k_dense_replace", 0);
  const std::int64_t step = std::max<std::int64_t>(read.count_or("moe_layer_freq", 1), 1);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    if (i < dense || i % step != 0) config.dense_layers.insert(i);
  }
}

void read_gpt_oss(Config& read) {
  read_grouped(read, 8);
  TransformerConfig& config = read.config();
  config.qkv_bias = config.output_bias = read.flag("attention_bias", true);
  config.attention.sinks = true;
  read_experts(read, "num_local_experts", "intermediate_size");
  config.experts.bias = config.router_bias = true;
  config.attention.window = read.count_or("sliding_window", 128);
  read.layer_types();
  if (!read.reader().has("layer_types")) {  // every second layer sees all
    for (std::int64_t i = 1; i < config.layers; i += 2) config.full_layers.insert(i);
  }
}

struct Architecture {
  const char* model_type;
  void (*read)(Config&);
};

constexpr Architecture kArchitectures[] = {
    {"gpt2", read_gpt2},
    {"llama", read_llama},
    {"mistral", read_mistral},
    {"qwen2", read_qwen2},
    {"qwen3", read_qwen3},
    {"qwen3_moe", read_qwen3_moe},
    {"mixtral", read_mixtral},
    {"deepseek_v2", read_deepseek},
    {"deepseek_v3", read_deepseek},
    {"gpt_oss", read_gpt_oss},
    {"bert", read_bert},
};

}  // namespace

bool looks_like_hf_config(const JsonDocument& document) {
  return document.value().is_object() && document.value().contains("model_type");
}

std::vector<std::string> hf_architectures() {
  std::vector<std::string> names;
  for (const Architecture& each : kArchitectures) names.emplace_back(each.model_type);
  return names;
}

TransformerConfig read_hf_config(const JsonDocument& document) {
  return read_hf_config(document.root());
}

TransformerConfig read_hf_config(ObjectReader root) {
  const std::string type = root.string("model_type");
  for (const Architecture& each : kArchitectures) {
    if (type != each.model_type) continue;
    Config config(root);
    each.read(config);
    config.reader().finish();
    return config.config();
  }
  throw root.error_at("model_type", "the architecture '" + type + "' is not known",
                      "known are " + list_of(hf_architectures()));
}

std::optional<std::int64_t> hf_positions(ObjectReader root) {
  const auto learnt = root.optional_integer("n_positions", 1, kMost);
  return learnt ? learnt : root.optional_integer("max_position_embeddings", 1, kMost);
}

}  // namespace rehearse
