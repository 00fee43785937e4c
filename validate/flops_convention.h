// What a published number of FLOP counts.
//
//   double step = batch * flops_of_sample(gpt3, 2048, FlopsConvention::full_recompute);
//
// causal: products with weights and half of the scores and weighted sums of causal attention,
// forward and backward (Megatron-LM since 2025). full: all of the latter (Narayanan et al.,
// arXiv:2104.04473, without recomputation; Chowdhery et al., arXiv:2204.02311, appendix B).
// full_recompute: with a second forward pass of the layers, not of the scores of the vocabulary
// (Narayanan et al., equation 3). 6n and 8n: so many operations per parameter and token (BLOOM's
// logs before 2022-02-21 counted 8). Routers are not counted.
#pragma once

#include <cstdint>

#include "base/enum_names.h"
#include "kernels/models/zoo/transformer.h"

namespace rehearse {

enum class FlopsConvention : std::uint8_t { causal, full, full_recompute, six_n, eight_n };

inline constexpr auto kFlopsConventionNames =
    enum_names<FlopsConvention>("causal", "full", "full+recompute", "6n", "8n");

// Of the forward and backward pass of one sample of so many tokens.
double flops_of_sample(const zoo::TransformerConfig& config, std::int64_t sequence,
                       FlopsConvention convention);

}  // namespace rehearse
