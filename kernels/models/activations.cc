#include "kernels/models/activations.h"

#include <numeric>

#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

// The layer that owns the memory of each layer's output.
std::vector<std::size_t> owners(const std::vector<Layer>& layers,
                                const std::vector<std::size_t>& consumers) {
  std::vector<std::size_t> owner(layers.size());
  std::iota(owner.begin(), owner.end(), std::size_t{0});
  for (std::size_t i = 1; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    if (layer.inputs.size() != 1) continue;
    const std::size_t from = layer.inputs.front();
    const bool free = consumers[from] == 1 && !layers[from].inputs.empty() &&
                      !op_of(layers[from].kind).backward_reads_output();
    const LayerOp& op = op_of(layer.kind);
    if (op.is_view() || (op.works_in_place() && free)) owner[i] = owner[from];
  }
  return owner;
}

}  // namespace

Kept kept_for_backward(const std::vector<Layer>& layers,
                       const std::vector<std::size_t>& consumers) {
  const std::vector<std::size_t> owner = owners(layers, consumers);
  std::vector<bool> kept(layers.size(), false);
  Kept sum;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    const LayerOp& op = op_of(layer.kind);
    if (op.backward_reads_input()) {
      for (const std::size_t from : layer.inputs) kept[owner[from]] = true;
    }
    if (op.backward_reads_output() && !op.is_loss_of_steps(layer)) kept[owner[i]] = true;
    sum.elements += op.kept_elements(layer);
    sum.bytes += op.kept_bytes(layer);
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (kept[i]) sum.elements += layers[i].output.elements();
  }
  return sum;
}

}  // namespace rehearse
