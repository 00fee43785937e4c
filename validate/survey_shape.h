// The network of a survey's record: one of the zoo, or its extents.
//
//   if (const auto shape = read_survey_shape(reader)) record.shape = shape;
//   const std::string model = model_text(record);   // {"hf_config": {"model_type": "gpt2", …}}
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json_reader.h"
#include "kernels/models/zoo/transformer.h"

namespace rehearse {

struct SurveyRecord;

// Of a transformer. Zeros are not told.
struct SurveyShape {
  enum class Style { gpt, llama, mla_moe };

  Style style = Style::gpt;
  std::int64_t layers = 0, hidden = 0, heads = 0, kv_heads = 0, ffn = 0, vocabulary = 0;
  std::int64_t sequence = 0;
  std::optional<bool> tied{};
  // Of a mixture of experts.
  std::int64_t experts = 0, active = 0, expert_ffn = 0, shared_experts = 0, dense_layers = 0;
  // Of latent attention.
  std::int64_t query_rank = 0, kv_rank = 0, head_nope = 0, head_rope = 0, head_v = 0;
};

// The key "shape" of a record; nothing where it is absent, of another style or lacks an extent.
std::optional<SurveyShape> read_survey_shape(ObjectReader& record);

// Whether the record is of a transformer: it has a shape, or its network of the zoo is one.
bool of_language(const SurveyRecord& record);

// The object "model" of a scenario. Of a shape it is a configuration; what the shape does not tell
// is that of GPT-2, Llama and DeepSeek. REQUIRES: of_language(record).
std::string model_text(const SurveyRecord& record);

// The extents of the network, its vocabulary as the record has it. REQUIRES: of_language(record).
zoo::TransformerConfig transformer_of(const SurveyRecord& record);

}  // namespace rehearse
