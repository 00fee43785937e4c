#include "kernels/models/ops/attention_keys.h"

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {

std::vector<LayerKey> head_keys() {
  return {{"heads", {"numheads", "nhead", "numattentionheads"}},
          {"kv_heads", {"numkeyvalueheads", "numkvheads", "kvheads"}},
          {"head_dim", {"headsize", "keydim", "dhead"}}};
}

void read_heads(ObjectReader& layer, LayerSpec& spec) {
  spec.attention.heads = layer.integer("heads", 1, kMaxDimension);
  spec.attention.kv_heads =
      layer.optional_integer("kv_heads", 1, kMaxDimension).value_or(spec.attention.heads);
  spec.attention.head_dim = layer.optional_integer("head_dim", 1, kMaxDimension).value_or(0);
}

AttentionShape complete(AttentionShape attention, std::int64_t channels) {
  check_range("heads", attention.heads, 1);
  check_range("kv_heads", attention.kv_heads, 1);
  if (attention.heads % attention.kv_heads != 0) {
    throw Error::input(
        std::to_string(attention.kv_heads) + " heads of keys and values do not divide " +
            std::to_string(attention.heads) + " heads",
        "as many queries share each of them", "make 'kv_heads' a divisor of 'heads'");
  }
  if (attention.head_dim == 0) {
    attention.head_dim = channels / (attention.heads + 2 * attention.kv_heads);
  }
  if (attention.value_dim == 0) attention.value_dim = attention.head_dim;
  if (attention.head_dim < 1 || attention.packed() != channels) {
    throw Error::input(
        "its input has " + std::to_string(channels) + " features",
        "queries, keys and values of " + std::to_string(attention.heads) + " and " +
            std::to_string(attention.kv_heads) + " heads" +
            (attention.head_dim < 1 ? ""
                                    : " of " + std::to_string(attention.head_dim) + " make " +
                                          std::to_string(attention.packed())),
        "let a dense layer before it make (heads + 2 kv_heads) head_dim features");
  }
  return attention;
}

void OfHeads::take_attributes(const LayerSpec& spec, Layer& layer) const {
  layer.attention = spec.attention;
}

Shape OfHeads::output(const LayerSpec& spec, const std::vector<Shape>& inputs) const {
  complete(spec.attention, inputs.front().channels);
  return inputs.front();
}

void OfHeads::finish(Layer& layer, const std::vector<Shape>& inputs) const {
  layer.attention = complete(layer.attention, inputs.front().channels);
}

}  // namespace rehearse
