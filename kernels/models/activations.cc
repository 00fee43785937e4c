#include "kernels/models/activations.h"

#include <map>
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
    const bool view = op.is_view() && layer.output.elements() >= layers[from].output.elements();
    if (view || (op.works_in_place() && free)) owner[i] = owner[from];
  }
  return owner;
}

// For each layer what it has to keep, its own output among it.
std::vector<Kept> kept_of_layers(const std::vector<Layer>& layers,
                                 const std::vector<std::size_t>& consumers,
                                 const Recompute& recompute) {
  const std::vector<std::size_t> owner = owners(layers, consumers);
  std::vector<bool> kept(layers.size(), false), read_else(layers.size(), false);
  std::vector<Kept> own(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    const LayerOp& op = op_of(layer.kind);
    const bool again = recompute.mode != Recompute::Mode::full && recompute.runs_again(layer);
    if (op.backward_reads_input() || again) {
      for (const std::size_t from : layer.inputs) {
        kept[owner[from]] = true;
        if (!op.multiplies_matrices()) read_else[owner[from]] = true;
      }
    }
    if (op.backward_reads_output() && !op.is_loss_of_steps(layer)) {
      kept[owner[i]] = read_else[owner[i]] = true;
    }
    if (!again) own[i] = {.elements = op.kept_elements(layer), .bytes = op.kept_bytes(layer)};
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool made_again = recompute.discards_output(layers[i]) && owner[i] == i;
    if (!kept[i] || made_again) continue;
    own[i].elements += layers[i].output.elements();
    if (!read_else[i]) own[i].matrix_inputs += layers[i].output.elements();
  }
  return own;
}

std::vector<Kept> kept_of_layers(const Model& model, const Recompute& recompute) {
  std::vector<std::size_t> consumers(model.layers().size());
  for (std::size_t i = 0; i < consumers.size(); ++i) consumers[i] = model.consumers(i);
  return kept_of_layers(model.layers(), consumers, recompute);
}

// Of the input of a block, unless what made it keeps it anyway.
std::int64_t input_elements(const std::vector<Layer>& layers, std::size_t first,
                            const std::vector<Kept>& own) {
  const std::size_t from = layers[first].inputs.front();
  const bool kept = !layers[from].block && own[from].elements > 0;
  return kept ? 0 : layers[from].output.elements();
}

// Each block's input, and the largest of what the blocks would keep.
Kept kept_of_blocks(const std::vector<Layer>& layers, const std::vector<Kept>& own) {
  std::map<std::int64_t, Kept> blocks;
  Kept sum;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& block = layers[i].block;
    if (!block) {
      sum += own[i];
      continue;
    }
    if (!blocks.contains(*block)) sum.elements += input_elements(layers, i, own);
    blocks[*block] += own[i];
  }
  Kept largest;
  for (const auto& [block, kept] : blocks) {
    if (kept.elements > largest.elements) largest = kept;
  }
  return sum += largest;
}

}  // namespace

Kept& Kept::operator+=(const Kept& other) {
  elements += other.elements;
  matrix_inputs += other.matrix_inputs;
  bytes += other.bytes;
  return *this;
}

Kept& Kept::operator-=(const Kept& other) {
  elements -= other.elements;
  matrix_inputs -= other.matrix_inputs;
  bytes -= other.bytes;
  return *this;
}

Kept kept_for_backward(const std::vector<Layer>& layers,
                       const std::vector<std::size_t>& consumers) {
  Kept sum;
  for (const Kept& kept : kept_of_layers(layers, consumers, {})) sum += kept;
  return sum;
}

Kept kept_for_backward(const Model& model, const Recompute& recompute) {
  const std::vector<Kept> own = kept_of_layers(model, recompute);
  if (recompute.mode == Recompute::Mode::full) return kept_of_blocks(model.layers(), own);
  Kept sum;
  for (const Kept& kept : own) sum += kept;
  return sum;
}

Kept kept_input(const Model& model, const Recompute& recompute) {
  return kept_of_layers(model, recompute).front();
}

}  // namespace rehearse
