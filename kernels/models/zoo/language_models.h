// The transformers of the zoo by their published extents.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/models/zoo/transformer.h"

namespace rehearse::zoo {

struct LanguageModel {
  TransformerConfig config;
  std::int64_t sequence = 0;  // steps of a sample where the job gives none
};

std::vector<std::string> language_model_names();

// Nothing for another name.
std::optional<LanguageModel> language_model(const std::string& name);

}  // namespace rehearse::zoo
