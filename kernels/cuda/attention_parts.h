// Attention in the two ways that ops/attention.cc chooses from, and where its operands lie.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "kernels/cuda/attention_graph.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {

// Where queries (0), keys (1) and values (2) lie: in one input or in three. Elements.
struct Part {
  std::size_t input = 0, offset = 0;
  std::int64_t stride = 0;  // from step to step
};
using AttentionParts = std::array<Part, 3>;

// Throws Error::input for inputs that are not queries, keys and values.
AttentionParts attention_parts(const Site& site);

AttentionProblem attention_problem(const Site& site, const AttentionParts& parts);

// The first element of a part; null where nobody wants it. `bytes`: of an element.
std::byte* address(const std::vector<Tensor>& arrays, const Part& part, std::size_t bytes);

// By the fused engines of cuDNN. Null where they do not take it.
std::unique_ptr<Operation> make_fused_attention(const Site& site, const AttentionParts& parts);

// By products with the scores of one sample in memory at a time.
std::unique_ptr<Operation> make_product_attention(const Site& site, const AttentionParts& parts);

}  // namespace rehearse::cuda
