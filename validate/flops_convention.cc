#include "validate/flops_convention.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

using zoo::TransformerConfig;

// Multiply-adds of one token, forward.
struct TokenWork {
  double layers = 0;     // products with weights
  double attention = 0;  // scores and weighted sums, all pairs counted
  double scores = 0;     // of the vocabulary
};

double projections(const TransformerConfig& config) {
  const AttentionShape& a = config.attention;
  const auto hidden = static_cast<double>(config.hidden);
  const auto queries = static_cast<double>(a.heads * a.head_dim);
  const auto values = static_cast<double>(a.heads * a.value_dim);
  if (a.latent_rank == 0) {
    const auto packed = static_cast<double>(a.packed());
    return hidden * packed + values * hidden;
  }
  const auto rank = static_cast<double>(a.latent_rank);
  const auto rotary = static_cast<double>(a.rotary_dim);
  const auto query_rank = static_cast<double>(a.query_rank);
  const double plain = queries - static_cast<double>(a.heads) * rotary;
  const double of_queries = a.query_rank > 0 ? query_rank * (hidden + queries) : hidden * queries;
  return of_queries + hidden * (rank + rotary) + rank * (plain + values) + values * hidden;
}

double feed_forward(const TransformerConfig& config, std::int64_t layer) {
  const auto hidden = static_cast<double>(config.hidden);
  const double products = config.unit == zoo::Unit::swiglu ? 3 : 2;
  const bool dense = config.experts.experts == 0 || config.dense_layers.contains(layer);
  if (dense) return products * hidden * static_cast<double>(config.ffn);
  const std::int64_t routed = config.experts.active * config.experts.features;
  return products * hidden * static_cast<double>(routed + config.shared_features);
}

// A module that predicts a further token has a layer like the last one.
TokenWork work_of_token(const TransformerConfig& config, std::int64_t sequence) {
  const AttentionShape& a = config.attention;
  const auto hidden = static_cast<double>(config.hidden);
  const auto modules = static_cast<double>(config.prediction_modules);
  const auto pair = static_cast<double>(a.heads * (a.head_dim + a.value_dim));
  TokenWork work;
  for (std::int64_t i = 0; i < config.layers + config.prediction_modules; ++i) {
    const std::int64_t layer = std::min(i, config.layers - 1);
    const bool whole = a.window == 0 || config.full_layers.contains(layer);
    const std::int64_t seen = whole ? sequence : std::min(a.window, sequence);
    work.layers += projections(config) + feed_forward(config, layer);
    work.attention += static_cast<double>(seen) * pair;
  }
  work.layers += modules * 2 * hidden * hidden;
  work.scores = (1 + modules) * hidden * static_cast<double>(config.vocabulary);
  return work;
}

}  // namespace

double flops_of_sample(const TransformerConfig& config, std::int64_t sequence,
                       FlopsConvention convention) {
  EXPECTS(config.layers > 0 && sequence > 0);
  constexpr double kMultiplyAdd = 2;
  constexpr double kTraining = 3;  // forward, and the gradients of both factors
  const auto tokens = static_cast<double>(sequence);
  const TokenWork work = work_of_token(config, sequence);
  const auto of_parameters = [&](double each) {
    return each * static_cast<double>(zoo::transformer(config, sequence).parameter_count()) *
           tokens;
  };
  switch (convention) {
    case FlopsConvention::six_n:
      return of_parameters(6);
    case FlopsConvention::eight_n:
      return of_parameters(8);
    case FlopsConvention::full_recompute:
      return kMultiplyAdd * tokens *
             ((kTraining + 1) * (work.layers + work.attention) + kTraining * work.scores);
    case FlopsConvention::causal:
    case FlopsConvention::full:
      break;
  }
  const bool half = convention == FlopsConvention::causal && config.attention.causal;
  return kMultiplyAdd * kTraining * tokens *
         (work.layers + work.attention * (half ? 0.5 : 1) + work.scores);
}

}  // namespace rehearse
