#include "kernels/models/recompute.h"

#include <algorithm>

namespace rehearse {
namespace {

bool is_attention(LayerKind kind) {
  return kind == LayerKind::attention || kind == LayerKind::latent_attention;
}

}  // namespace

bool Recompute::runs_again(const Layer& layer) const {
  switch (mode) {
    case Mode::none:
      return false;
    case Mode::selective:
      return is_attention(layer.kind);
    case Mode::full:
      return layer.block.has_value();
    case Mode::kinds:
      break;
  }
  return kinds.contains(layer.kind);
}

bool Recompute::discards_output(const Layer& layer) const {
  return mode == Mode::kinds && runs_again(layer) && !is_attention(layer.kind);
}

bool applies(const Recompute& recompute, const Model& model) {
  return std::any_of(model.layers().begin(), model.layers().end(),
                     [&](const Layer& layer) { return recompute.runs_again(layer); });
}

}  // namespace rehearse
