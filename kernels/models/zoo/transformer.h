// Transformers by their extents: what the configurations of GPT, BERT, Llama, Mixtral, DeepSeek and
// others have in common.
//
//   Model model = zoo::transformer({.name = "gpt2", .layers = 12, .hidden = 768, …}, 1024);
//
// A layer is: norm, attention with its projections, residual sum, norm, feed-forward network
// (dense, or router and experts, perhaps with shared experts), residual sum. BERT normalises after
// each sum.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse::zoo {

enum class Norm { layer_norm, rms_norm };
enum class Unit { gelu, relu, swiglu };

struct TransformerConfig {
  std::string name{};
  std::int64_t layers = 0, hidden = 0, vocabulary = 0;
  AttentionShape attention{};  // latent where latent_rank is above 0
  std::int64_t ffn = 0;        // inner features of a dense feed-forward network
  Norm norm = Norm::rms_norm;
  Unit unit = Unit::swiglu;
  bool norm_after = false;     // BERT: norms behind the sums
  std::int64_t positions = 0;  // learnt; 0: rotary
  std::int64_t types = 0;      // of tokens
  bool qkv_bias = false, output_bias = false, ffn_bias = false;
  bool head_norm = false;
  bool tied = false;                     // the scores use the embedding's weights
  bool pooler = false;                   // BERT: a dense layer and tanh on the first step
  double dropout_rate = 0;               // of embeddings and of what is added to the residual
  std::set<std::int64_t> full_layers{};  // whose attention sees all steps, whatever its window
  // Mixtures of experts. experts.experts 0: none.
  ExpertShape experts{};
  bool router_bias = false;
  std::int64_t shared_features = 0;       // inner features of all shared experts together
  std::set<std::int64_t> dense_layers{};  // without experts
  // Modules that predict further tokens (DeepSeek-AI, arXiv:2412.19437, section 2.2).
  std::int64_t prediction_modules = 0;
  bool full_attention_flops = false;  // Model::counts_full_attention
};

// Throws Error::input for extents that do not fit.
Model transformer(const TransformerConfig& config, std::int64_t sequence);

}  // namespace rehearse::zoo
