// What a scenario may say of a language model beside its name or its configuration.
#pragma once

#include <cstdint>
#include <optional>

#include "base/json_reader.h"
#include "kernels/models/zoo/transformer.h"

namespace rehearse {

enum class AttentionFlops { causal, full };

struct LanguageOptions {
  std::optional<std::int64_t> sequence{};  // steps of a sample
  std::optional<bool> flash{};             // default true
  std::optional<double> dropout{};         // of attention and residual; default the model's own
  std::optional<AttentionFlops> flops{};   // what is counted of causal attention; default causal
  std::optional<std::int64_t> prediction_modules{};  // default 0
  std::optional<std::int64_t> layers{};              // default the model's own

  [[nodiscard]] bool any() const {
    return flash || dropout || flops || prediction_modules || layers;
  }
};

// The keys flash, dropout, flops, prediction_modules and layer_count. Throws Error::input.
LanguageOptions read_language_options(ObjectReader& reader);

// Applies them to an extent of layers, attention and counting.
void apply(const LanguageOptions& options, zoo::TransformerConfig& config);

}  // namespace rehearse
