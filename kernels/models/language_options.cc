#include "kernels/models/language_options.h"

#include "base/enum_names.h"

namespace rehearse {
namespace {

constexpr auto kFlopsNames = enum_names<AttentionFlops>("causal", "full");

}  // namespace

LanguageOptions read_language_options(ObjectReader& reader) {
  constexpr std::int64_t kMostModules = 16, kMostLayers = 10'000;
  LanguageOptions options;
  options.flash = reader.optional_boolean("flash");
  options.dropout = reader.optional_number("dropout", 0, 0.999);
  options.flops = kFlopsNames.read_optional(reader, "flops");
  options.prediction_modules = reader.optional_integer("prediction_modules", 0, kMostModules);
  options.layers = reader.optional_integer("layer_count", 1, kMostLayers);
  return options;
}

void apply(const LanguageOptions& options, zoo::TransformerConfig& config) {
  config.attention.flash = options.flash.value_or(true);
  if (options.dropout) config.dropout_rate = config.attention.dropout_rate = *options.dropout;
  config.full_attention_flops = options.flops == AttentionFlops::full;
  config.prediction_modules = options.prediction_modules.value_or(0);
  config.layers = options.layers.value_or(config.layers);
}

}  // namespace rehearse
