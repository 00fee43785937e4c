#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/suggestion.h"
#include "scenarios/recompute_reader.h"

namespace rehearse {
namespace {

std::set<LayerKind> read_kinds(ObjectReader& parallelism) {
  std::set<LayerKind> kinds;
  for (const std::string& word : parallelism.strings("recompute")) {
    const auto kind = kLayerKindNames.value(word);
    if (!kind) {
      throw parallelism.error_at("recompute", "'" + word + "' is no kind of layer", "",
                                 suggestion(word, kLayerKindNames.words()));
    }
    kinds.insert(*kind);
  }
  return kinds;
}

}  // namespace

Recompute recompute_of(ObjectReader& parallelism) {
  if (!parallelism.has("recompute")) return {};
  if (parallelism.raw("recompute").is_array()) {
    return {Recompute::Mode::kinds, read_kinds(parallelism)};
  }
  return {
      static_cast<Recompute::Mode>(parallelism.choice("recompute", {"none", "selective", "full"}))};
}

Recompute read_recompute(ObjectReader& parallelism, const Model& model,
                         std::vector<std::string>& remarks) {
  const Recompute recompute = recompute_of(parallelism);
  if (recompute.mode != Recompute::Mode::none && !applies(recompute, model)) {
    remarks.push_back(
        "training.parallelism.recompute is not used: the model has nothing of the kind that runs "
        "again");
    return {};
  }
  return recompute;
}

}  // namespace rehearse
