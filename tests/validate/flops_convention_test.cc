// Conventions of FLOP on the published networks.
#include "validate/flops_convention.h"

#include <gtest/gtest.h>

#include "kernels/models/zoo/language_models.h"

namespace rehearse {
namespace {

constexpr double kGiga = 1e9;

zoo::TransformerConfig network(const std::string& name) {
  return zoo::language_model(name).value().config;
}

double per_token(const std::string& name, std::int64_t sequence, FlopsConvention convention,
                 std::int64_t modules = 0) {
  zoo::TransformerConfig config = network(name);
  config.prediction_modules = modules;
  return flops_of_sample(config, sequence, convention) / static_cast<double>(sequence);
}

// 96 B s l h^2 (1 + s/6h + V/16lh) and 72 B s l h^2 (1 + s/6h + V/12lh) of l = 96, h = 12288,
// V = 51200, s = 2048, B = 1536 (Narayanan et al., arXiv:2104.04473, equation 3).
TEST(FlopsConvention, OfGpt3AsMegatronCountedIt) {
  zoo::TransformerConfig gpt3 = network("gpt3_175b");
  gpt3.vocabulary = 51200;
  constexpr double kBatch = 1536;
  const double recompute = kBatch * flops_of_sample(gpt3, 2048, FlopsConvention::full_recompute);
  EXPECT_NEAR(recompute / 4.510971e18, 1, 1e-6);
  EXPECT_NEAR(kBatch * flops_of_sample(gpt3, 2048, FlopsConvention::full) / 3.386197e18, 1, 1e-6);
}

// Products and half of the attention: 39.642 + 3.221 GFLOP for Llama-2-7B.
TEST(FlopsConvention, CausalHalvesTheAttention) {
  EXPECT_NEAR(per_token("llama2_7b", 4096, FlopsConvention::causal), 42.864 * kGiga, 1e6);
  EXPECT_NEAR(per_token("llama2_7b", 4096, FlopsConvention::full), (39.642 + 6.442) * kGiga, 1e6);
  EXPECT_NEAR(per_token("llama3_8b", 8192, FlopsConvention::causal), 51.470 * kGiga, 1e6);
  EXPECT_NEAR(per_token("llama3_70b", 8192, FlopsConvention::causal), 449.223 * kGiga, 1e6);
  EXPECT_NEAR(per_token("llama3_405b", 8192, FlopsConvention::causal), 2523.956 * kGiga, 1e6);
}

TEST(FlopsConvention, MixturesCountTheExpertsThatServe) {
  EXPECT_NEAR(per_token("qwen3_30b_a3b", 4096, FlopsConvention::causal), 23.006 * kGiga, 1e6);
}

// Megatron counts the norms of the latents too: 61 layers, 6 (1536 + 512) = 0.75 MFLOP.
TEST(FlopsConvention, LatentAttentionAndAModuleThatPredictsATokenMore) {
  EXPECT_NEAR(per_token("deepseek_v3", 4096, FlopsConvention::causal), 249.812 * kGiga, 2e6);
  EXPECT_NEAR(per_token("deepseek_v3", 4096, FlopsConvention::causal, 1), 259.993 * kGiga, 2e6);
}

TEST(FlopsConvention, OfParameters) {
  EXPECT_DOUBLE_EQ(per_token("gpt2", 1024, FlopsConvention::six_n), 6 * 124'439'808.0);
  EXPECT_DOUBLE_EQ(per_token("gpt2", 1024, FlopsConvention::eight_n), 8 * 124'439'808.0);
}

// Every pair counts where no step is hidden: the same by both conventions.
TEST(FlopsConvention, BertIsNotCausal) {
  EXPECT_DOUBLE_EQ(per_token("bert_base", 512, FlopsConvention::causal),
                   per_token("bert_base", 512, FlopsConvention::full));
}

}  // namespace
}  // namespace rehearse
