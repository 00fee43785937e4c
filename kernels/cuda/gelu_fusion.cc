#include "kernels/cuda/gelu_fusion.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse::cuda {
namespace {

// The layer that alone reads the output of `layer`.
std::optional<std::size_t> only_reader(const Model& model, std::size_t layer) {
  if (model.consumers(layer) != 1) return std::nullopt;
  const std::vector<Layer>& layers = model.layers();
  for (std::size_t i = layer + 1; i < layers.size(); ++i) {
    if (std::ranges::count(layers[i].inputs, layer) > 0) return i;
  }
  return std::nullopt;
}

bool is_dense(const Model& model, std::size_t layer) {
  return model.layers()[layer].kind == LayerKind::dense;
}

}  // namespace

bool is_fused_gelu(const Model& model, std::size_t layer) {
  EXPECTS(layer < model.layers().size());
  const Layer& gelu = model.layers()[layer];
  if (gelu.kind != LayerKind::gelu) return false;
  const std::size_t before = gelu.inputs.front();
  if (!is_dense(model, before) || model.consumers(before) != 1) return false;
  const auto behind = only_reader(model, layer);
  return behind && is_dense(model, *behind);
}

bool applies_gelu(const Model& model, std::size_t layer) {
  EXPECTS(layer < model.layers().size());
  if (!is_dense(model, layer)) return false;
  const auto reader = only_reader(model, layer);
  return reader && is_fused_gelu(model, *reader);
}

std::optional<std::size_t> layer_before_gelu(const Model& model, std::size_t layer) {
  EXPECTS(layer < model.layers().size());
  if (!is_dense(model, layer)) return std::nullopt;
  const std::size_t gelu = model.layers()[layer].inputs.front();
  if (!is_fused_gelu(model, gelu)) return std::nullopt;
  return model.layers()[gelu].inputs.front();
}

}  // namespace rehearse::cuda
