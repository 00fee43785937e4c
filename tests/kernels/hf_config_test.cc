// Configurations of Hugging Face: published ones, edited ones, and those that are refused.
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/importers/hf_config.h"
#include "kernels/models/model_reader.h"

namespace rehearse {
namespace {

const std::string kFolder = HF_CONFIG_FOLDER;

Model model_of(const JsonDocument& config, std::int64_t sequence = 128) {
  return zoo::transformer(read_hf_config(config), sequence);
}

JsonDocument file(const std::string& name) {
  return JsonDocument::parse_file(kFolder + "/" + name + ".json");
}

struct Published {
  const char* name;
  std::int64_t parameters, active;
};

constexpr Published kPublished[] = {
    {"gpt2", 124'439'808, 124'439'808},
    {"gpt2-xl", 1'557'611'200, 1'557'611'200},
    {"llama-2-7b", 6'738'415'616, 6'738'415'616},
    {"llama-3-8b", 8'030'261'248, 8'030'261'248},
    {"llama-3.1-405b", 405'853'388'800, 405'853'388'800},
    {"mistral-7b", 7'241'732'096, 7'241'732'096},
    {"qwen3-8b", 8'190'735'360, 8'190'735'360},
    {"mixtral-8x7b", 46'702'792'704, 12'879'925'248},
    {"qwen3-30b-a3b", 30'532'122'624, 3'353'032'704},
    {"deepseek-v2-lite", 15'706'484'224, 2'661'150'208},
    {"deepseek-v3", 671'026'419'200, 37'552'297'472},
    {"gpt-oss-20b", 20'914'757'184, 4'187'440'704},
    {"bert-base", 109'482'240, 109'482'240},
};

TEST(HfConfig, PublishedConfigurationsHaveTheirParameters) {
  for (const Published& one : kPublished) {
    const Model model = model_of(file(one.name));
    EXPECT_EQ(model.parameter_count(), one.parameters) << one.name;
    EXPECT_EQ(model.active_parameters(), one.active) << one.name;
  }
}

TEST(HfConfig, AScenarioMayHoldTheConfigurationItself) {
  const auto holding = [](const std::string& heads) {
    return JsonDocument::parse_text(R"({"hf_config": {"model_type": "llama",
        "num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 128, ")" +
                                        heads +
                                        R"(": 4, "num_key_value_heads": 2, "vocab_size": 100},
        "layer_count": 3})",
                                    "s.json");
  };
  // Of a layer: q and output 2 * 64^2, k and v 2 * 64 * 32, three of 64 * 128, norms 2 * 64:
  // 36992; ends: 2 * 100 * 64 + 64.
  EXPECT_EQ(read_model(holding("num_attention_heads").root(), {}, 16).parameter_count(),
            3 * 36'992 + 12'864);
  try {
    (void)read_model(holding("attention_heads").root(), {}, 16);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.json_path(), "/hf_config/num_attention_heads");
  }
}

// What an edit of one key adds, by the formula of the layer it changes.
struct Edit {
  const char* name;
  std::vector<std::string> assignments;
  std::int64_t difference;
};

// Qwen3-30B-A3B: 48 layers, h 2048, 128 experts of f 768, 8 active. Llama-3-8B: 32 layers, h 4096,
// d 128, f 14336. DeepSeek-V3: 58 layers with experts, h 7168, f 2048.
const std::vector<Edit>& edits() {
  constexpr std::int64_t kLlamaHead = 2 * 32LL * 4096 * 128;  // k and v of one head, all layers
  static const std::vector<Edit> kEdits{
      {"llama-3-8b", {"tie_word_embeddings=true"}, -128'256LL * 4096},
      {"llama-3-8b", {"vocab_size=32000"}, 2LL * (32'000 - 128'256) * 4096},
      {"llama-3-8b", {"num_key_value_heads=4"}, -4 * kLlamaHead},
      {"llama-3-8b", {"num_key_value_heads=32"}, 24 * kLlamaHead},
      {"llama-3-8b", {"num_key_value_heads=null"}, 24 * kLlamaHead},
      {"llama-3-8b", {"intermediate_size=11008"}, 32LL * 3 * 4096 * (11'008 - 14'336)},
      {"llama-3-8b", {"num_hidden_layers=16"}, -16LL * 218'112'000},
      {"llama-3-8b", {"attention_bias=true"}, 32LL * (4096 + 2 * 1024 + 4096)},
      {"llama-3-8b", {"mlp_bias=true"}, 32LL * (2 * 14'336 + 4096)},
      {"llama-3-8b", {"head_dim=64"}, -32LL * (4096 * 64 * (32 + 16) + 32 * 64 * 4096)},
      {"gpt2", {"vocab_size=50304"}, 47 * 768},
      {"gpt2", {"tie_word_embeddings=false"}, 50'257LL * 768},
      {"gpt2", {"n_head=8"}, 0},
      {"gpt2", {"n_inner=1024"}, 12LL * (2 * 768 + 1) * (1024 - 3072)},
      {"gpt2", {"n_positions=2048"}, 1024 * 768},
      {"qwen3-8b", {"attention_bias=true"}, 36LL * (4096 + 2 * 1024 + 4096)},
      {"qwen3-30b-a3b", {"num_experts=64"}, -48LL * 64 * (3 * 2048 * 768 + 2048)},
      {"qwen3-30b-a3b", {"num_experts_per_tok=4"}, 0},
      {"qwen3-30b-a3b",
       {"mlp_only_layers=[0]"},
       3LL * 2048 * 6144 - 128LL * (3 * 2048 * 768 + 2048)},
      {"mixtral-8x7b", {"num_local_experts=16"}, 32LL * 8 * (3 * 4096 * 14'336 + 4096)},
      {"deepseek-v3", {"n_shared_experts=2"}, 58LL * 3 * 7168 * 2048},
      {"deepseek-v3", {"n_routed_experts=128"}, -58LL * 128 * (3 * 7168 * 2048 + 7168 + 1)},
      {"deepseek-v3",
       {"first_k_dense_replace=4"},
       3LL * 7168 * 18'432 - (257LL * 3 * 7168 * 2048 + 256 * (7168 + 1))},
      {"deepseek-v2-lite",
       {"q_lora_rank=512"},
       27LL * (2048 * 512 + 512 + 512 * 3072 - 2048 * 3072)},
      {"gpt-oss-20b",
       {"num_local_experts=16"},
       -24LL * 16 * (3 * 2880 * 2880 + 2 * 2880 + 2880 + 2880 + 1)},
      {"bert-base", {"type_vocab_size=4"}, 2 * 768},
  };
  return kEdits;
}

TEST(HfConfig, EditedConfigurationsFollowTheFormula) {
  for (const Edit& edit : edits()) {
    const std::int64_t before = model_of(file(edit.name)).parameter_count();
    JsonDocument config = file(edit.name);
    for (const std::string& assignment : edit.assignments) config.set(assignment);
    EXPECT_EQ(model_of(config).parameter_count() - before, edit.difference)
        << edit.name << " " << edit.assignments.front();
  }
}

TEST(HfConfig, FewerActiveExpertsAreFewerActiveParameters) {
  JsonDocument config = file("qwen3-30b-a3b");
  config.set("num_experts_per_tok=4");
  EXPECT_EQ(3'353'032'704 - model_of(config).active_parameters(), 48LL * 4 * 3 * 2048 * 768);
}

std::string refusal(const JsonDocument& config) {
  try {
    (void)model_of(config);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(HfConfig, WhatIsNotKnownIsRefusedByName) {
  JsonDocument config = file("llama-3-8b");
  config.set("num_heads_of_state=4");
  EXPECT_NE(refusal(config).find("num_heads_of_state"), std::string::npos);

  JsonDocument other = file("llama-3-8b");
  other.set("model_type=mamba");
  const std::string line = refusal(other);
  EXPECT_NE(line.find("mamba"), std::string::npos);
  for (const std::string& name : hf_architectures()) {
    EXPECT_NE(line.find(name), std::string::npos) << name;
  }

  JsonDocument heads = file("llama-3-8b");
  heads.set("num_key_value_heads=5");
  EXPECT_NE(refusal(heads).find("num_key_value_heads"), std::string::npos);
}

TEST(HfConfig, AScenarioNamesAFile) {
  const JsonDocument scenario = JsonDocument::parse_text(
      R"({"hf_config": "gpt2.json", "flash": false})", kFolder + "/scenario.json");
  const Model model = read_model(scenario.root(), std::nullopt, 256);
  EXPECT_EQ(model.parameter_count(), 124'439'808);
  EXPECT_EQ(model.tokens_per_sample(), 256);
}

}  // namespace
}  // namespace rehearse
