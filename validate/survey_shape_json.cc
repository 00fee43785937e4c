#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/contract.h"
#include "base/enum_names.h"
#include "kernels/models/importers/hf_config.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/zoo/language_models.h"
#include "validate/survey.h"
#include "validate/survey_layout.h"
#include "validate/survey_shape.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;
using Style = SurveyShape::Style;

constexpr auto kStyleNames = enum_names<Style>("gpt", "llama", "mla_moe");

constexpr std::int64_t kMostLayers = 10'000;  // of a configuration

// Megatron-LM's make_vocab_size_divisible_by, of each tensor rank.
constexpr std::int64_t kVocabularyStep = 128;

std::int64_t padded_vocabulary(const SurveyRecord& record) {
  const std::int64_t vocabulary = record.shape->vocabulary;
  if (record.framework != "megatron") return vocabulary;
  const std::int64_t step = kVocabularyStep * layout_count(record, "tensor");
  return (vocabulary + step - 1) / step * step;
}

// What Llama and its heirs have in common.
Json rotary(const char* type, const SurveyShape& shape, std::int64_t vocabulary) {
  return {{"model_type", type},          {"num_hidden_layers", shape.layers},
          {"hidden_size", shape.hidden}, {"num_attention_heads", shape.heads},
          {"vocab_size", vocabulary},    {"tie_word_embeddings", shape.tied.value_or(false)}};
}

Json gpt2(const SurveyShape& shape, std::int64_t vocabulary) {
  Json config = {{"model_type", "gpt2"},     {"n_layer", shape.layers},
                 {"n_embd", shape.hidden},   {"n_head", shape.heads},
                 {"n_inner", shape.ffn},     {"n_positions", shape.sequence},
                 {"vocab_size", vocabulary}, {"tie_word_embeddings", shape.tied.value_or(true)}};
  // Megatron-LM's kv_channels, where a record has heads that do not divide the features.
  if (shape.hidden % shape.heads != 0) config["head_dim"] = shape.hidden / shape.heads;
  return config;
}

Json llama(const SurveyShape& shape, std::int64_t vocabulary) {
  Json config = rotary(shape.experts > 0 ? "mixtral" : "llama", shape, vocabulary);
  config["num_key_value_heads"] = shape.kv_heads > 0 ? shape.kv_heads : shape.heads;
  config["intermediate_size"] =
      shape.experts > 0 && shape.expert_ffn > 0 ? shape.expert_ffn : shape.ffn;
  if (shape.experts == 0) return config;
  config["num_local_experts"] = shape.experts;
  config["num_experts_per_tok"] = shape.active;
  return config;
}

Json deepseek(const SurveyShape& shape, std::int64_t vocabulary) {
  Json config = rotary("deepseek_v3", shape, vocabulary);
  config["intermediate_size"] = shape.ffn;
  config["kv_lora_rank"] = shape.kv_rank;
  config["qk_nope_head_dim"] = shape.head_nope;
  config["qk_rope_head_dim"] = shape.head_rope;
  config["v_head_dim"] = shape.head_v;
  if (shape.query_rank > 0) config["q_lora_rank"] = shape.query_rank;
  if (shape.experts == 0) return config;
  config["topk_method"] = "noaux_tc";
  config["n_routed_experts"] = shape.experts;
  config["num_experts_per_tok"] = shape.active;
  config["moe_intermediate_size"] = shape.expert_ffn;
  config["n_shared_experts"] = shape.shared_experts;
  config["first_k_dense_replace"] = shape.dense_layers;
  return config;
}

Json config_of(const SurveyShape& shape, std::int64_t vocabulary) {
  switch (shape.style) {
    case Style::llama:
      return llama(shape, vocabulary);
    case Style::mla_moe:
      return deepseek(shape, vocabulary);
    case Style::gpt:
      break;
  }
  return gpt2(shape, vocabulary);
}

bool complete(const SurveyShape& shape) {
  const auto told = [](std::initializer_list<std::int64_t> counts) {
    return std::all_of(counts.begin(), counts.end(), [](std::int64_t n) { return n > 0; });
  };
  if (!told(
          {shape.layers, shape.hidden, shape.heads, shape.ffn, shape.vocabulary, shape.sequence})) {
    return false;
  }
  if (shape.experts > 0 && (!told({shape.active}) || shape.active > shape.experts)) return false;
  if (shape.layers > kMostLayers || shape.heads > shape.hidden) return false;
  const std::int64_t kv = shape.kv_heads > 0 ? shape.kv_heads : shape.heads;
  if (shape.style == Style::llama) {
    return shape.hidden % shape.heads == 0 && shape.heads % kv == 0;
  }
  if (shape.style == Style::gpt) return kv == shape.heads;
  return told({shape.kv_rank, shape.head_nope, shape.head_rope, shape.head_v}) &&
         (shape.experts == 0 || told({shape.expert_ffn}));
}

// NVIDIA's recipes of DeepSeek-V3 train one module that predicts a further token: their rates of
// FLOP and tokens agree only with it (276.03 TFLOP/s of 1061.2 tokens/s are 260.1 GFLOP per token;
// 259.99 with a module, 249.81 without).
std::int64_t prediction_modules(const SurveyRecord& record) {
  return record.zoo == "deepseek_v3" && record.framework == "megatron" ? 1 : 0;
}

}  // namespace

std::optional<SurveyShape> read_survey_shape(ObjectReader& record) {
  if (!record.has("shape") || !record.raw("shape").is_object()) return std::nullopt;
  const nlohmann::json& value = record.raw("shape");
  const auto word = value.find("style");
  if (word == value.end() || !word->is_string()) return std::nullopt;
  const std::optional<Style> style = kStyleNames.value(word->get_ref<const std::string&>());
  if (!style) return std::nullopt;
  SurveyShape shape;
  shape.style = *style;
  const std::array<std::pair<const char*, std::int64_t*>, 17> keys{
      {{"layers", &shape.layers},
       {"hidden", &shape.hidden},
       {"heads", &shape.heads},
       {"kv_heads", &shape.kv_heads},
       {"ffn", &shape.ffn},
       {"vocab", &shape.vocabulary},
       {"sequence", &shape.sequence},
       {"experts", &shape.experts},
       {"top_k", &shape.active},
       {"expert_ffn", &shape.expert_ffn},
       {"shared_experts", &shape.shared_experts},
       {"dense_layers", &shape.dense_layers},
       {"q_rank", &shape.query_rank},
       {"kv_rank", &shape.kv_rank},
       {"head_nope", &shape.head_nope},
       {"head_rope", &shape.head_rope},
       {"head_v", &shape.head_v}}};
  for (const auto& [key, count] : keys) {
    const auto found = value.find(key);
    if (found == value.end() || !found->is_number_integer()) continue;
    const auto number = found->get<std::int64_t>();
    if (number >= 0 && number <= kMaxDimension) *count = number;
  }
  const auto tied = value.find("tied_embeddings");
  if (tied != value.end() && tied->is_boolean()) shape.tied = tied->get<bool>();
  return complete(shape) ? std::optional(shape) : std::nullopt;
}

bool of_language(const SurveyRecord& record) {
  if (record.shape) return true;
  const std::vector<std::string> names = zoo::language_model_names();
  return std::find(names.begin(), names.end(), record.zoo) != names.end();
}

std::string model_text(const SurveyRecord& record) {
  EXPECTS(of_language(record));
  Json model;
  if (record.shape) {
    model["hf_config"] = config_of(*record.shape, padded_vocabulary(record));
  } else {
    model["zoo"] = record.zoo;
  }
  if (before_flash(record)) model["flash"] = false;
  // MosaicML's networks train without it (llm-foundry, its configurations).
  if (holds_word(record.model, "MPT")) model["dropout"] = 0;
  if (const std::int64_t modules = prediction_modules(record); modules > 0) {
    model["prediction_modules"] = modules;
  }
  return model.dump();
}

zoo::TransformerConfig transformer_of(const SurveyRecord& record) {
  EXPECTS(of_language(record));
  zoo::TransformerConfig config;
  if (record.shape) {
    const nlohmann::json text = config_of(*record.shape, record.shape->vocabulary);
    config = read_hf_config(JsonDocument::adopt(text, record.id));
  } else {
    config = zoo::language_model(record.zoo)->config;
  }
  config.prediction_modules = prediction_modules(record);
  return config;
}

}  // namespace rehearse
