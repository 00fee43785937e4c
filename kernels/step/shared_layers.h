// What every backend knows of the layers that ranks share: which of their exchanges move numbers,
// which part of a table or of the classes a rank has, and what no backend computes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/models/model.h"

namespace rehearse {

// Of a layer of kind `exchange`: whether nothing is left to do, since the experts or the loss that
// it belongs to exchange by themselves what it stands for.
bool moves_nothing(const Model& model, std::size_t layer);

// Throws Error::input for an exchange that no backend does: over context ranks.
void expect_computable_exchange(const Layer& layer);

// Of experts: throws Error::input for those with a capacity, and for those with biases that several
// ranks share.
void expect_computable_experts(const Model& model, std::size_t layer);

// Of an embedding: whether its table is a rank's share of the rows, from Layer::first on. Other
// tokens have zeros then, to which the other ranks' rows are summed.
bool has_share_of_rows(const Model& model, std::size_t layer);

// Of a loss: the classes that a rank has scores of. Megatron-LM's vocabulary-parallel loss,
// arXiv:1909.08053.
struct ClassShare {
  std::int64_t ranks = 1;    // that share the classes out
  std::int64_t first = 0;    // class of this rank's first score
  std::int64_t classes = 0;  // those of its scores that count: the first
};
ClassShare class_share(const Model& model, std::size_t layer);

}  // namespace rehearse
