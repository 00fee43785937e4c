#include <algorithm>

#include "kernels/models/model_part.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

bool has_blocks(const Model& model) {
  return std::ranges::any_of(model.layers(), [](const Layer& l) { return l.block.has_value(); });
}

// The layer behind which all is one unit: of a model with blocks its first loss. Modules that
// predict further tokens come behind it, and share scores with what comes before.
std::size_t last_cut(const std::vector<Layer>& layers, bool blocks) {
  if (!blocks) return layers.size();
  const auto loss =
      std::ranges::find_if(layers, [](const Layer& l) { return op_of(l.kind).is_loss(); });
  return static_cast<std::size_t>(loss - layers.begin());
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
  const std::size_t end = last_cut(layers, blocks);
  for (std::size_t at = 2; at < end; ++at) {
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
