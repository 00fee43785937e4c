// Parameters, FLOP and memory of language models against published counts and against formulas.
#include <gtest/gtest.h>

#include "kernels/models/activations.h"
#include "kernels/models/training_memory.h"
#include "kernels/models/work.h"
#include "kernels/models/zoo.h"
#include "kernels/models/zoo/language_models.h"

namespace rehearse {
namespace {

Model language(const std::string& name, LanguageOptions options = {}) {
  return zoo_model(name, {.language = options});
}

struct Count {
  const char* name;
  std::int64_t parameters, active;
};

// Counts of published checkpoints, or recomputed from published configurations.
constexpr Count kCounts[] = {
    {"gpt2", 124'439'808, 124'439'808},
    {"gpt2_medium", 354'823'168, 354'823'168},
    {"gpt2_large", 774'030'080, 774'030'080},
    {"gpt2_xl", 1'557'611'200, 1'557'611'200},
    {"gpt3_175b", 174'604'259'328, 174'604'259'328},
    {"bert_base", 109'482'240, 109'482'240},
    {"bert_large", 335'141'888, 335'141'888},
    {"llama2_7b", 6'738'415'616, 6'738'415'616},
    {"llama2_13b", 13'015'864'320, 13'015'864'320},
    {"llama2_70b", 68'976'648'192, 68'976'648'192},
    {"llama3_8b", 8'030'261'248, 8'030'261'248},
    {"llama3_70b", 70'553'706'496, 70'553'706'496},
    {"llama3_405b", 405'853'388'800, 405'853'388'800},
    {"mistral_7b", 7'241'732'096, 7'241'732'096},
    {"qwen3_8b", 8'190'735'360, 8'190'735'360},
    {"qwen3_32b", 32'762'123'264, 32'762'123'264},
    {"mixtral_8x7b", 46'702'792'704, 12'879'925'248},
    {"mixtral_8x22b", 140'630'071'296, 39'161'468'928},
    {"qwen3_30b_a3b", 30'532'122'624, 3'353'032'704},
    {"qwen3_235b_a22b", 235'093'634'560, 22'190'763'520},
    {"deepseek_v2_lite", 15'706'484'224, 2'661'150'208},
    {"deepseek_v2", 235'741'434'880, 21'375'800'320},
    {"deepseek_v3", 671'026'419'200, 37'552'297'472},
    {"kimi_k2", 1'026'408'232'448, 32'861'500'928},
    {"gpt_oss_20b", 20'914'757'184, 4'187'440'704},
    {"gpt_oss_120b", 116'829'156'672, 5'711'982'912},
};

TEST(LanguageModels, HaveThePublishedParameters) {
  for (const Count& count : kCounts) {
    const Model model = language(count.name);
    EXPECT_EQ(model.parameter_count(), count.parameters) << count.name;
    EXPECT_EQ(model.active_parameters(), count.active) << count.name;
  }
  EXPECT_EQ(std::size(kCounts), zoo::language_model_names().size());
}

TEST(LanguageModels, APredictionModuleAddsALayerAProjectionAndItsNorms) {
  const std::int64_t one = language("deepseek_v3", {.prediction_modules = 1}).parameter_count();
  EXPECT_EQ(one - language("deepseek_v3").parameter_count(), 11'610'068'224);
}

struct TokenFlops {
  const char* name;
  LanguageOptions options;
  double giga;
};

// Forward and backward, without recomputation, causal attention counted half unless it says full.
const TokenFlops kFlops[] = {
    {"llama2_7b", {.sequence = 4096}, 42.864},
    {"llama2_7b", {.sequence = 4096, .flops = AttentionFlops::full}, 42.864 + 3.221},
    {"llama3_8b", {.sequence = 8192}, 51.470},
    {"llama3_70b", {.sequence = 8192}, 449.223},
    {"llama3_405b", {.sequence = 8192}, 2523.956},
    {"deepseek_v3", {.sequence = 4096}, 249.812},
    {"deepseek_v3", {.sequence = 4096, .prediction_modules = 1}, 259.993},
    {"qwen3_30b_a3b", {.sequence = 4096}, 23.006},
};

TEST(LanguageModels, HaveThePublishedFlopOfAToken) {
  for (const TokenFlops& expected : kFlops) {
    const Model model = language(expected.name, expected.options);
    const double flops =
        model_flops(model, 1).value() / static_cast<double>(model.tokens_per_sample());
    EXPECT_NEAR(flops / 1e9, expected.giga, 1e-3 * expected.giga) << expected.name;
  }
}

// Bytes that one more layer keeps in bf16 for one sample.
std::int64_t layer_bytes(const std::string& name, LanguageOptions options,
                         const Recompute& recompute = {}) {
  const auto kept = [&](std::int64_t layers) {
    options.layers = layers;
    const Kept all = kept_for_backward(language(name, options), recompute);
    return 2 * all.elements + all.bytes;
  };
  return kept(3) - kept(2);
}

// Korthikanti et al., arXiv:2205.05198, table 2 with t = 1 and s b h = 25,165,824: 114, 34 and 2.
TEST(LanguageModels, ALayerOfGpt3KeepsWhatKorthikantiCounts) {
  const LanguageOptions options{.sequence = 2048, .flash = false};
  EXPECT_EQ(layer_bytes("gpt3_175b", options), 2'868'903'936);
  EXPECT_EQ(layer_bytes("gpt3_175b", options, {Recompute::Mode::selective}), 34 * 25'165'824LL);
  EXPECT_EQ(layer_bytes("gpt3_175b", options, {Recompute::Mode::full}), 50'331'648);
}

// Bytes of a token: 8 h + 2 (q + 2 kv) + 2 q + 6 f + 4 a.
TEST(LanguageModels, ALayerOfLlamaKeepsTheSumOfItsTensors) {
  EXPECT_EQ(layer_bytes("llama3_8b", {.sequence = 8192}), 1'141'899'264);
  EXPECT_EQ(layer_bytes("llama3_70b", {.sequence = 4096}), 1'125'122'048);
  EXPECT_EQ(layer_bytes("llama3_405b", {.sequence = 4096}), 520'704LL * 4096);
  // Without the outputs of norms (4 h) and of the gate (2 f): h 4096, f 14336.
  const Recompute some{Recompute::Mode::kinds, {LayerKind::rms_norm, LayerKind::swiglu}};
  EXPECT_EQ(layer_bytes("llama3_8b", {.sequence = 8192}, some),
            1'141'899'264 - 8192LL * (4 * 4096 + 2 * 14336));
}

// DDP with fp32 gradients: 2 + 4 + 12 bytes per parameter.
TEST(LanguageModels, StatesOfLlama) {
  const DeviceMemory memory =
      training_memory(language("llama2_7b"), 1, Precision::bf16, 2, {}, {.gradient_bytes = 4});
  const Bytes states =
      memory[MemoryPart::weights] + memory[MemoryPart::gradients] + memory[MemoryPart::optimizer];
  EXPECT_EQ(states, Bytes(121'291'481'088.0));
}

// The scores of 8192 tokens with 2 + 4 bytes are more than a block's gradients.
TEST(LanguageModels, TransientMemoryIsThatOfTheScores) {
  const DeviceMemory memory =
      training_memory(language("llama3_8b", {.sequence = 8192}), 1, Precision::bf16, 2);
  EXPECT_EQ(memory[MemoryPart::transient], Bytes(6.0 * 8192 * 128'256));
}

}  // namespace
}  // namespace rehearse
