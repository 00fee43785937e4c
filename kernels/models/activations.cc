#include "kernels/models/activations.h"

#include <numeric>

namespace rehearse {
namespace {

bool backward_reads_input(LayerKind kind) {
  return kind == LayerKind::convolution || kind == LayerKind::dense ||
         kind == LayerKind::batch_norm || kind == LayerKind::lrn || kind == LayerKind::max_pool;
}

bool backward_reads_output(LayerKind kind) {
  return kind == LayerKind::relu || kind == LayerKind::max_pool ||
         kind == LayerKind::softmax_cross_entropy;
}

// The layer that owns the memory of each layer's output.
std::vector<std::size_t> owners(const std::vector<Layer>& layers,
                                const std::vector<std::size_t>& consumers) {
  std::vector<std::size_t> owner(layers.size());
  std::iota(owner.begin(), owner.end(), std::size_t{0});
  for (std::size_t i = 1; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    if (layer.inputs.size() != 1) continue;
    const std::size_t from = layer.inputs.front();
    const bool writes = layer.kind == LayerKind::relu || layer.kind == LayerKind::dropout;
    const bool free = consumers[from] == 1 && layers[from].kind != LayerKind::input &&
                      !backward_reads_output(layers[from].kind);
    if (layer.kind == LayerKind::flatten || (writes && free)) owner[i] = owner[from];
  }
  return owner;
}

}  // namespace

std::int64_t kept_elements(const std::vector<Layer>& layers,
                           const std::vector<std::size_t>& consumers) {
  const std::vector<std::size_t> owner = owners(layers, consumers);
  std::vector<bool> kept(layers.size(), false);
  std::int64_t masks = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    if (backward_reads_input(layer.kind)) kept[owner[layer.inputs.front()]] = true;
    if (backward_reads_output(layer.kind)) kept[owner[i]] = true;
    if (layer.kind == LayerKind::dropout) masks += layer.output.elements();
  }
  std::int64_t sum = masks;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (kept[i]) sum += layers[i].output.elements();
  }
  return sum;
}

}  // namespace rehearse
