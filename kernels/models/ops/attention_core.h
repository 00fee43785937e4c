// The core of an attention: the softmax of the scaled products of queries and keys, times the
// values.
#pragma once

#include <vector>

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

// Pairs of a query and a key of one head, of a sample: of s steps s^2, causal half of that, with a
// window w < s causal s w - w^2 / 2 (a query in front of the window sees all before it). Of a
// sequence that several ranks share, those of one.
double attention_pairs(const AttentionShape& attention, std::int64_t steps);

// Multiply-adds of both products, forward for one sample.
double attention_multiply_adds(const AttentionShape& attention, std::int64_t steps);

// What is executed. A flash kernel is one and skips pairs that are masked; its backward pass
// computes the scores again, 5 products for the 2 of the forward pass (Dao, arXiv:2307.08691). Else
// all pairs are computed: products, and between them passes over scores and weights in memory,
// which scale, mask, normalise and drop.
std::vector<KernelWork> attention_forward(const AttentionShape& attention, std::int64_t steps);
std::vector<KernelWork> attention_backward(const AttentionShape& attention, std::int64_t steps);

// What is kept beside queries, keys, values and output: with flash the logarithm of each sum in
// fp32; else the weights, and with dropout their masks and what is left of them.
std::int64_t attention_kept_elements(const AttentionShape& attention, std::int64_t steps);
std::int64_t attention_kept_bytes(const AttentionShape& attention, std::int64_t steps);

}  // namespace rehearse
