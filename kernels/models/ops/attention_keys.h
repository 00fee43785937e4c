// Keys and checks that the kinds around an attention share: they read queries, keys and values of a
// step packed one behind the other, [heads x head_dim | kv_heads x head_dim | kv_heads x
// value_dim].
#pragma once

#include <vector>

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

// heads, kv_heads and head_dim.
std::vector<LayerKey> head_keys();

// Reads them; kv_heads is heads by default. Throws Error::input.
void read_heads(ObjectReader& layer, LayerSpec& spec);

// The attention with head_dim found from `channels` packed features where it is 0, and value_dim
// equal to head_dim where that is 0. Throws Error::input unless they fit and kv_heads divides
// heads.
AttentionShape complete(AttentionShape attention, std::int64_t channels);

// A kind that changes queries and keys and passes values: its output has the shape of its input.
class OfHeads : public LayerOp {
 public:
  [[nodiscard]] std::vector<LayerKey> keys() const final { return head_keys(); }
  void read(ObjectReader& layer, LayerSpec& spec) const final { read_heads(layer, spec); }
  void take_attributes(const LayerSpec& spec, Layer& layer) const final;
  [[nodiscard]] Shape output(const LayerSpec& spec, const std::vector<Shape>& inputs) const final;
  void finish(Layer& layer, const std::vector<Shape>& inputs) const final;
};

}  // namespace rehearse
