#include "kernels/models/zoo/language_models.h"

namespace rehearse::zoo {
namespace {

AttentionShape heads(std::int64_t count, std::int64_t kv, std::int64_t dim) {
  return {.heads = count, .kv_heads = kv, .head_dim = dim, .value_dim = dim};
}

// Radford et al., "Language models are unsupervised multitask learners", 2019; GPT-3: Brown et al.,
// arXiv:2005.14165, table 2.1.
LanguageModel gpt(std::int64_t layers, std::int64_t hidden, std::int64_t count,
                  std::int64_t positions) {
  TransformerConfig config;
  config.layers = layers;
  config.hidden = hidden;
  config.vocabulary = 50257;
  config.attention = heads(count, count, hidden / count);
  config.attention.dropout_rate = config.dropout_rate = 0.1;
  config.ffn = 4 * hidden;
  config.norm = Norm::layer_norm;
  config.unit = Unit::gelu;
  config.positions = positions;
  config.qkv_bias = config.output_bias = config.ffn_bias = config.tied = true;
  return {config, positions};
}

// Devlin et al., arXiv:1810.04805.
LanguageModel bert(std::int64_t layers, std::int64_t hidden, std::int64_t count) {
  LanguageModel model = gpt(layers, hidden, count, 512);
  model.config.vocabulary = 30522;
  model.config.types = 2;
  model.config.norm_after = model.config.pooler = true;
  model.config.attention.causal = false;
  return model;
}

// Touvron et al., arXiv:2307.09288; Grattafiori et al., arXiv:2407.21783, table 3.
LanguageModel llama(std::int64_t layers, std::int64_t hidden, std::int64_t ffn,
                    AttentionShape attention, std::int64_t vocabulary, std::int64_t sequence) {
  TransformerConfig config;
  config.layers = layers;
  config.hidden = hidden;
  config.vocabulary = vocabulary;
  config.attention = attention;
  config.ffn = ffn;
  return {config, sequence};
}

// Jiang et al., arXiv:2310.06825 and arXiv:2401.04088.
LanguageModel mistral() {
  LanguageModel model = llama(32, 4096, 14336, heads(32, 8, 128), 32000, 4096);
  model.config.attention.window = 4096;
  return model;
}
LanguageModel mixtral(std::int64_t layers, std::int64_t hidden, std::int64_t count,
                      std::int64_t ffn, std::int64_t vocabulary) {
  LanguageModel model = llama(layers, hidden, 0, heads(count, 8, 128), vocabulary, 4096);
  model.config.experts = {.experts = 8, .active = 2, .features = ffn};
  return model;
}

// Qwen team, arXiv:2505.09388.
LanguageModel qwen3(std::int64_t layers, std::int64_t hidden, std::int64_t ffn,
                    AttentionShape attention) {
  LanguageModel model = llama(layers, hidden, ffn, attention, 151936, 4096);
  model.config.head_norm = true;
  return model;
}
LanguageModel qwen3_moe(std::int64_t layers, std::int64_t hidden, std::int64_t inner,
                        AttentionShape attention) {
  LanguageModel model = qwen3(layers, hidden, 0, attention);
  model.config.experts = {.experts = 128, .active = 8, .features = inner};
  return model;
}

struct Latent {
  std::int64_t heads, query_rank;
};

// DeepSeek-AI, arXiv:2405.04434.
LanguageModel deepseek(std::int64_t layers, std::int64_t hidden, std::int64_t vocabulary,
                       Latent latent, std::int64_t ffn, ExpertShape experts, std::int64_t shared,
                       std::int64_t dense) {
  constexpr std::int64_t kRotary = 64, kPlain = 128, kValue = 128, kRank = 512;
  LanguageModel model = llama(layers, hidden, ffn,
                              {.heads = latent.heads,
                               .kv_heads = latent.heads,
                               .head_dim = kPlain + kRotary,
                               .value_dim = kValue,
                               .query_rank = latent.query_rank,
                               .latent_rank = kRank,
                               .rotary_dim = kRotary},
                              vocabulary, 4096);
  model.config.experts = experts;
  model.config.shared_features = shared * experts.features;
  for (std::int64_t i = 0; i < dense; ++i) model.config.dense_layers.insert(i);
  return model;
}

// The same with a bias that balances the experts without a loss (DeepSeek-AI, arXiv:2412.19437;
// Kimi team, arXiv:2507.20534).
LanguageModel balanced(LanguageModel model) {
  model.config.router_bias = true;
  return model;
}

// OpenAI, arXiv:2508.10925.
LanguageModel gpt_oss(std::int64_t layers, std::int64_t experts) {
  LanguageModel model = llama(layers, 2880, 0, heads(64, 8, 64), 201088, 4096);
  TransformerConfig& config = model.config;
  config.qkv_bias = config.output_bias = config.router_bias = true;
  config.attention.sinks = true;
  config.attention.window = 128;
  config.experts = {.experts = experts, .active = 4, .features = 2880, .bias = true};
  for (std::int64_t i = 1; i < layers; i += 2) config.full_layers.insert(i);
  return model;
}

struct Entry {
  const char* name;
  LanguageModel (*make)();
};

constexpr Entry kEntries[] = {
    {"gpt2", [] { return gpt(12, 768, 12, 1024); }},
    {"gpt2_medium", [] { return gpt(24, 1024, 16, 1024); }},
    {"gpt2_large", [] { return gpt(36, 1280, 20, 1024); }},
    {"gpt2_xl", [] { return gpt(48, 1600, 25, 1024); }},
    {"gpt3_175b", [] { return gpt(96, 12288, 96, 2048); }},
    {"bert_base", [] { return bert(12, 768, 12); }},
    {"bert_large", [] { return bert(24, 1024, 16); }},
    {"llama2_7b", [] { return llama(32, 4096, 11008, heads(32, 32, 128), 32000, 4096); }},
    {"llama2_13b", [] { return llama(40, 5120, 13824, heads(40, 40, 128), 32000, 4096); }},
    {"llama2_70b", [] { return llama(80, 8192, 28672, heads(64, 8, 128), 32000, 4096); }},
    {"llama3_8b", [] { return llama(32, 4096, 14336, heads(32, 8, 128), 128256, 8192); }},
    {"llama3_70b", [] { return llama(80, 8192, 28672, heads(64, 8, 128), 128256, 8192); }},
    {"llama3_405b", [] { return llama(126, 16384, 53248, heads(128, 8, 128), 128256, 8192); }},
    {"mistral_7b", mistral},
    {"mixtral_8x7b", [] { return mixtral(32, 4096, 32, 14336, 32000); }},
    {"mixtral_8x22b", [] { return mixtral(56, 6144, 48, 16384, 32768); }},
    {"qwen3_8b", [] { return qwen3(36, 4096, 12288, heads(32, 8, 128)); }},
    {"qwen3_32b", [] { return qwen3(64, 5120, 25600, heads(64, 8, 128)); }},
    {"qwen3_30b_a3b", [] { return qwen3_moe(48, 2048, 768, heads(32, 4, 128)); }},
    {"qwen3_235b_a22b", [] { return qwen3_moe(94, 4096, 1536, heads(64, 4, 128)); }},
    {"deepseek_v2",
     [] {
       return deepseek(60, 5120, 102400, {128, 1536}, 12288,
                       {.experts = 160, .active = 6, .features = 1536}, 2, 1);
     }},
    {"deepseek_v2_lite",
     [] {
       return deepseek(27, 2048, 102400, {16, 0}, 10944,
                       {.experts = 64, .active = 6, .features = 1408}, 2, 1);
     }},
    {"deepseek_v3",
     [] {
       return balanced(deepseek(61, 7168, 129280, {128, 1536}, 18432,
                                {.experts = 256, .active = 8, .features = 2048}, 1, 3));
     }},
    {"kimi_k2",
     [] {
       return balanced(deepseek(61, 7168, 163840, {64, 1536}, 18432,
                                {.experts = 384, .active = 8, .features = 2048}, 1, 1));
     }},
    {"gpt_oss_20b", [] { return gpt_oss(24, 32); }},
    {"gpt_oss_120b", [] { return gpt_oss(36, 128); }},
};

}  // namespace

std::vector<std::string> language_model_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  return names;
}

std::optional<LanguageModel> language_model(const std::string& name) {
  for (const Entry& entry : kEntries) {
    if (name != entry.name) continue;
    LanguageModel model = entry.make();
    model.config.name = name;
    return model;
  }
  return std::nullopt;
}

}  // namespace rehearse::zoo
