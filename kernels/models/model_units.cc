#include <algorithm>

#include "kernels/models/model_part.h"

namespace rehearse {
namespace {

bool has_blocks(const Model& model) {
  return std::ranges::any_of(model.layers(), [](const Layer& l) { return l.block.has_value(); });
}

}  // namespace

std::vector<LayerRange> units_of(const Model& model) {
  const std::vector<Layer>& layers = model.layers();
  const bool blocks = has_blocks(model);
  // Readers reach back at most so far; going down from the end keeps this linear.
  std::vector<std::size_t> reaches(layers.size() + 1, layers.size());
  for (std::size_t i = layers.size(); i-- > 1;) {
    reaches[i] = reaches[i + 1];
    for (const std::size_t from : layers[i].inputs) {
      // Modules that predict further tokens have a copy of the embedding.
      const bool copied = layers[from].kind == LayerKind::embedding && from + 1 < i;
      if (!copied) reaches[i] = std::min(reaches[i], from);
    }
  }
  std::vector<LayerRange> units;
  std::size_t first = 1;
  for (std::size_t at = 2; at < layers.size(); ++at) {
    const bool one_tensor = reaches[at] + 1 >= at;
    const bool between_blocks = layers[at].block != layers[at - 1].block;
    if (!one_tensor || (blocks && !between_blocks)) continue;
    units.push_back({first, at});
    first = at;
  }
  units.push_back({first, layers.size()});
  return units;
}

}  // namespace rehearse
