#include "kernels/cuda/attention_parts.h"

#include "base/error.h"

namespace rehearse::cuda {

AttentionParts attention_parts(const Site& site) {
  const AttentionShape& shape = site.layer().attention;
  const std::array<std::int64_t, 3> sizes{shape.heads * shape.head_dim,
                                          shape.kv_heads * shape.head_dim,
                                          shape.kv_heads * shape.value_dim};
  const bool packed = site.layer().inputs.size() == 1;
  AttentionParts parts;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t width = site.input(packed ? 0 : i).channels;
    if (!packed && width != sizes[i]) {
      throw Error::input("cannot compute '" + site.layer().name + "'",
                         "its inputs are not queries, keys and values in this order");
    }
    parts[i] = {packed ? 0 : i, static_cast<std::size_t>(packed ? offset : 0), width};
    offset += sizes[i];
  }
  return parts;
}

AttentionProblem attention_problem(const Site& site, const AttentionParts& parts) {
  const AttentionShape& shape = site.layer().attention;
  return {.batch = site.batch,
          .steps = site.layer().steps,
          .heads = shape.heads,
          .kv_heads = shape.kv_heads,
          .head_dim = shape.head_dim,
          .value_dim = shape.value_dim,
          .window = shape.window,
          .causal = shape.causal,
          .query_stride = parts[0].stride,
          .key_stride = parts[1].stride,
          .value_stride = parts[2].stride,
          .type = graph_type(site.engine.type())};
}

std::byte* address(const std::vector<Tensor>& arrays, const Part& part, std::size_t bytes) {
  void* const array = arrays[part.input].data;
  return array == nullptr ? nullptr : static_cast<std::byte*>(array) + part.offset * bytes;
}

}  // namespace rehearse::cuda
