// Scenarios of records with a layout, by their text: one record of each family.
#include "validate/survey_layout.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "validate/survey.h"
#include "validate/survey_network.h"
#include "validate/survey_scenario.h"
#include "validate/survey_shape.h"

namespace rehearse {
namespace {

using nlohmann::json;

SurveyRecord record_of(const std::string& text, const std::vector<std::string>& changed = {}) {
  JsonDocument document = JsonDocument::parse_text(text, "r.json");
  for (const std::string& assignment : changed) document.set(assignment);
  return read_survey_record(document.root());
}

json scenario_of(const SurveyRecord& record) {
  EXPECT_EQ(in_one_line(obstacles(record)), "");
  return json::parse(scenario_text(
      record, record.nodes > 1 ? layout_network_of(record) : std::nullopt, std::nullopt));
}

std::string why(const std::string& text, const std::vector<std::string>& changed) {
  return in_one_line(obstacles(record_of(text, changed)));
}

// vTrain (MICRO 2024), several nodes.
const std::string kVtrain = R"json({
  "id": "vtrain", "source": "vTrain", "family": "vtrain-multi", "model": "GPT L=30 h=3072 a=32",
  "hardware": "NVIDIA A100", "nodes": 8, "gpus_per_node": 8,
  "network": "inter-node 800 Gbit/s per node and intra-node 150 GB/s (4x200 Gb/s HDR assumed)",
  "algorithm": "Megatron-DeepSpeed, 1F1B; use_checkpoint=true",
  "measured": {"metric": "iteration_time", "value": 3566.5, "unit": "ms"},
  "shape": {"style": "gpt", "layers": 30, "hidden": 3072, "heads": 32, "kv_heads": 32,
            "ffn": 12288, "vocab": 50257, "tied_embeddings": true, "sequence": 2048},
  "layout": {"tensor": 2, "pipeline": 2, "data": 16, "microbatch": 8, "microbatches": 4,
             "schedule": "1f1b", "recompute": "full"},
  "device": "a100-sxm4-80gb", "devices": 64, "batch": 512, "sequence": 2048,
  "framework": "megatron", "precision_word": "fp16", "quantity": "step_time", "value_si": 3.5665,
  "mappable": true})json";

TEST(SurveyLayout, TheLayoutBecomesTrainingParallelism) {
  const SurveyRecord record = record_of(kVtrain);
  ASSERT_TRUE(laid_out(record));
  const json scenario = scenario_of(record);
  EXPECT_EQ(scenario.at("training"), json::parse(R"({
    "framework": "megatron", "strategy": "sync", "batch": {"per_worker": 32},
    "optimizer": {"name": "adam"}, "gradient_precision": "fp16", "launch_gap": "57.0000 us",
    "parallelism": {"data": 16, "tensor": 2, "pipeline": 2, "context": 1, "expert": 1, "zero": 0,
      "microbatch": 8, "schedule": "1f1b", "virtual_stages": 1, "recompute": "full",
      "sequence": false, "overlap": {"gradients": false, "parameters": false}}})"));
  EXPECT_EQ(scenario.at("data").at("sequence"), 2048);
  EXPECT_EQ(scenario.at("fidelity"), "analytic");
  EXPECT_EQ(scenario.at("sweep"), json::parse(R"({"workers": [64], "scaling": "weak"})"));
  // 50257 rounded up to a multiple of 128 x 2.
  EXPECT_EQ(scenario.at("model"), json::parse(R"({"flash": false, "hf_config": {
    "model_type": "gpt2", "n_layer": 30, "n_embd": 3072, "n_head": 32, "n_inner": 12288,
    "n_positions": 2048, "vocab_size": 50432, "tie_word_embeddings": true}})"));
  const json& cluster = scenario.at("cluster");
  EXPECT_EQ(cluster.at("nodes"), 8);
  EXPECT_EQ(cluster.at("node").at("devices"), 8);
  EXPECT_EQ(cluster.at("node").at("nics"), 4);
  EXPECT_EQ(cluster.at("network").at("injection_bandwidth"), "200.000 Gbit/s");
  EXPECT_EQ(cluster.at("network").at("nic"), "ib-hdr");
  EXPECT_FALSE(cluster.at("node").contains("calibration"));
}

// The published count of the record: 12 h^2 + 13 h of each layer, and the ends.
TEST(SurveyLayout, AShapeHasTheParametersOfItsNetwork) {
  const zoo::TransformerConfig config = transformer_of(record_of(kVtrain));
  EXPECT_EQ(zoo::transformer(config, 2048).parameter_count(), 3'559'271'424);
}

// 14336 / 96 = 149.3, as one text of BLOOM's chronicle has it.
TEST(SurveyLayout, HeadsThatDoNotDivideTheFeatures) {
  const SurveyRecord record =
      record_of(kVtrain, {"shape.hidden=14336", "shape.heads=96", "shape.kv_heads=96"});
  EXPECT_EQ(json::parse(model_text(record)).at("hf_config").at("head_dim"), 149);
}

TEST(SurveyLayout, WhatDoesNotFitIsListed) {
  EXPECT_EQ(why(kVtrain, {"layout.data=8"}), "8 replicas of 4 devices are not 64");
  EXPECT_EQ(why(kVtrain, {"batch=500"}), "a batch of 500 is not shared evenly by 16 replicas");
  EXPECT_EQ(why(kVtrain, {"layout.microbatch=5"}),
            "micro-batches of 5 do not make up the 32 samples of a replica");
  EXPECT_EQ(why(kVtrain, {"layout.recompute=some"}), "recomputation of 'some' is not known");
  EXPECT_EQ(why(kVtrain, {"device=h100-sxm5-96gb-hbm2e-500w"}),
            "no device profile for 'h100-sxm5-96gb-hbm2e-500w'");
  EXPECT_EQ(why(kVtrain, {"shape=null"}),
            "no model 'GPT L=30 h=3072 a=32' in the zoo; more than "
            "synchronous data parallelism: tensor 2, pipeline 2, "
            "microbatches 4");
}

TEST(SurveyLayout, SchedulesOfOtherNames) {
  const auto schedule = [](const std::vector<std::string>& changed) {
    return scenario_of(record_of(kVtrain, changed))
        .at("training")
        .at("parallelism")
        .at("schedule")
        .get<std::string>();
  };
  EXPECT_EQ(schedule({"layout.schedule=zbv"}), "zb_v");
  EXPECT_EQ(schedule({"layout.schedule=zb1p"}), "zb_h1");
  EXPECT_EQ(schedule({"layout.schedule=zero_bubble", "algorithm=Primus, ZB1P"}), "zb_h1");
  EXPECT_EQ(schedule({"layout.schedule=null", "layout.virtual_stages=3"}), "interleaved");
  EXPECT_EQ(why(kVtrain, {"layout.schedule=zero_bubble"}), "schedule 'zero_bubble' is not known");
  EXPECT_EQ(why(kVtrain, {"layout.schedule=v_half"}), "schedule 'v_half' is not known");
}

// Before FlashAttention Megatron had no sequence parallelism, and no exchange during the backward
// pass; both are told as assumptions. Whoever names it has it all.
TEST(SurveyLayout, SoftwareOfItsTime) {
  const SurveyRecord before = record_of(kVtrain);
  EXPECT_TRUE(before_flash(before));
  EXPECT_EQ(layout_assumptions(before),
            (std::vector<std::string>{"layout.sequence", "model.flash"}));
  const SurveyRecord recent = record_of(kVtrain, {"device=h100-sxm5-80gb", "precision_word=bf16"});
  EXPECT_FALSE(before_flash(recent));
  EXPECT_EQ(layout_assumptions(recent), std::vector<std::string>{"layout.sequence"});
  const json training = scenario_of(recent).at("training");
  EXPECT_EQ(training.at("parallelism").at("sequence"), true);
  EXPECT_FALSE(training.at("parallelism").contains("overlap"));
  EXPECT_FALSE(training.contains("gradient_precision"));
  EXPECT_FALSE(before_flash(record_of(kVtrain, {"notes=flash attention 2"})));
  EXPECT_EQ(layout_assumptions(record_of(kVtrain, {"layout.sequence=false"})),
            std::vector<std::string>{"model.flash"});
}

// Of MosaicML's tables: no word of the network.
TEST(SurveyLayout, ShardedDataParallelismOnAnUntoldNetwork) {
  const SurveyRecord record =
      record_of(kVtrain, {"model=MPT 70b", "network=not stated (H100 cluster)",
                          "device=h100-sxm5-80gb", "precision_word=bf16", "framework=pytorch",
                          "layout="
                          R"({"zero": 3, "data": 64,
                                                   "shard_group": 8, "microbatch": 8,
                                                   "microbatches": 1, "recompute": "full"})"});
  const auto network = layout_network_of(record);
  ASSERT_TRUE(network);
  EXPECT_TRUE(network->assumed);
  EXPECT_EQ(network->nics, 8);
  EXPECT_EQ(network->gbit_per_s, 400);
  const json scenario = scenario_of(record);
  EXPECT_EQ(scenario.at("training").at("parallelism"), json::parse(R"({"data": 64, "tensor": 1,
    "pipeline": 1, "context": 1, "expert": 1, "zero": 3, "shard_group": 8, "microbatch": 8,
    "recompute": "full", "sequence": false})"));
  EXPECT_EQ(scenario.at("model").at("dropout"), 0);
  EXPECT_EQ(scenario.at("model").at("hf_config").at("vocab_size"), 50257);
}

const std::string kBridge = R"({
  "id": "mbridge", "source": "Megatron-Bridge", "family": "megatron-bridge-summary",
  "model": "DeepSeek V3", "hardware": "DGX-GB300", "nodes": 64, "gpus_per_node": 4,
  "network": "NVL72 + InfiniBand/Spectrum", "algorithm": "recipe", "zoo": "deepseek_v3",
  "measured": {"metric": "tokens_per_s_per_gpu", "value": 6143, "unit": "tokens/s/GPU"},
  "layout": {"tensor": 1, "pipeline": 2, "context": 1, "expert": 32, "expert_tensor": 1, "zero": 1,
             "data": 128, "microbatch": 1, "microbatches": 32, "virtual_stages": 8,
             "schedule": "interleaved"},
  "layout_assumed": ["zero"], "device": "gb300", "devices": 256, "batch": 4096, "sequence": 4096,
  "framework": "megatron", "precision_word": "mxfp8", "quantity": "tokens_per_s_per_device",
  "value_si": 6143, "mappable": true})";

// 256 devices: four racks with 64 of their 72.
TEST(SurveyLayout, TraysOfARackAreOneNode) {
  const json scenario = scenario_of(record_of(kBridge));
  EXPECT_EQ(scenario.at("cluster").at("nodes"), 4);
  EXPECT_EQ(scenario.at("cluster").at("node"),
            json::parse(R"({"device": "gb300", "devices": 64, "nics": 64})"));
  EXPECT_EQ(scenario.at("cluster").at("network"), json::parse(R"({"preset":
            "nvlink-gb200-nvl72"})"));
  EXPECT_EQ(scenario.at("model"),
            json::parse(R"({"zoo": "deepseek_v3", "prediction_modules": 1})"));
  EXPECT_EQ(scenario.at("training").at("parallelism"), json::parse(R"({"data": 128, "tensor": 1,
    "pipeline": 2, "context": 1, "expert": 32, "expert_tensor": 1, "zero": 1, "microbatch": 1,
    "schedule": "interleaved", "virtual_stages": 8, "recompute": "none", "sequence": false,
    "overlap": {"pipeline": true}})"));
}

// Libraries that send a step once to each node, where the record names one.
TEST(SurveyLayout, NamedDispatchersSendAStepOnce) {
  const auto layout = [](const std::vector<std::string>& more) {
    return scenario_of(record_of(kBridge, more)).at("training").at("parallelism");
  };
  EXPECT_FALSE(layout({}).contains("expert_dispatch"));
  EXPECT_FALSE(layout({"notes=alltoall dispatcher"}).contains("expert_dispatch"));
  EXPECT_EQ(layout({"notes=HybridEP, forced routing"}).at("expert_dispatch"), "deduplicated");
  EXPECT_EQ(layout({"algorithm=recipe with DeepEP"}).at("expert_dispatch"), "deduplicated");
  EXPECT_EQ(layout({"algorithm=HybridEP dispatcher, EP overlap on"}).at("overlap"),
            json::parse(R"({"pipeline": true, "expert": true})"));
  EXPECT_FALSE(layout({"algorithm=EP overlap off"}).at("overlap").contains("expert"));
}

TEST(SurveyLayout, LatentAttentionIsDeepSeeks) {
  const json model = json::parse(model_text(record_of(kBridge, {"zoo=null",
                                                                "shape="
                                                                R"({
    "style": "mla_moe", "layers": 27, "hidden": 2048, "heads": 16, "ffn": 11264, "vocab": 163840,
    "experts": 64, "top_k": 6, "expert_ffn": 1408, "shared_experts": 2, "kv_rank": 512,
    "head_nope": 128, "head_rope": 64, "head_v": 128, "dense_layers": 1, "sequence": 4096})"})));
  EXPECT_EQ(model, json::parse(R"({"hf_config": {"model_type": "deepseek_v3",
    "num_hidden_layers": 27, "hidden_size": 2048, "num_attention_heads": 16, "vocab_size": 163840,
    "tie_word_embeddings": false, "intermediate_size": 11264, "kv_lora_rank": 512,
    "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "topk_method": "noaux_tc",
    "n_routed_experts": 64, "num_experts_per_tok": 6, "moe_intermediate_size": 1408,
    "n_shared_experts": 2, "first_k_dense_replace": 1}})"));
}

// InternEvo's: a Llama of 6,738,415,616 parameters less 71,168 words of 4096 twice.
TEST(SurveyLayout, LlamaByItsExtents) {
  const SurveyRecord record =
      record_of(kVtrain, {"network=4x 100 Gb/s RoCE per node", "framework=other",
                          "shape="
                          R"({
    "style": "llama", "layers": 32, "hidden": 4096, "heads": 32, "kv_heads": 32, "ffn": 11008,
    "vocab": 103168, "sequence": 2048})"});
  const json scenario = scenario_of(record);
  EXPECT_EQ(scenario.at("training").at("framework"), "pytorch");
  EXPECT_EQ(scenario.at("cluster").at("node").at("nics"), 4);
  EXPECT_EQ(scenario.at("cluster").at("network").at("nic"), "roce");
  EXPECT_EQ(zoo::transformer(transformer_of(record), 2048).parameter_count(),
            6'738'415'616 + 2 * (103'168 - 32'000) * 4096LL);
}

TEST(SurveyLayout, Networks) {
  struct Case {
    const char* text;
    const char* device;
    int nics;
    double rate;
    const char* nic;
  };
  for (const Case& one :
       {Case{"4x Omni-Path 100 Gb/s per node", "a100-sxm4-80gb", 4, 100, "omnipath"},
        {"1600 Gbps RoCE per node", "a100-sxm4-40gb", 8, 200, "roce"},
        {"2 Tb/s RoCE per node", "a100-sxm4-80gb", 8, 250, "roce"},
        {"400 Gb/s per node", "a100-sxm4-80gb", 2, 200, ""},
        {"800 Gb/s per node", "h100-sxm5-80gb", 2, 400, ""},
        {"400 Gb/s RDMA per GPU", "h100-sxm5-80gb", 8, 400, ""},
        {"8x 400 Gb/s InfiniBand NDR per node", "h100-sxm5-80gb", 8, 400, "ib-ndr"},
        {"8x 200 Gb/s HDR InfiniBand per VM (not printed)", "a100-sxm4-80gb", 8, 200, "ib-hdr"},
        {"1x InfiniBand EDR 100 Gb/s per node", "v100-sxm2-16gb", 1, 100, "ib-edr"}}) {
    const auto network = layout_network_of(record_of(
        kVtrain, {"network=" + std::string(one.text), "device=" + std::string(one.device)}));
    ASSERT_TRUE(network) << one.text;
    EXPECT_EQ(network->nics, one.nics) << one.text;
    EXPECT_EQ(network->gbit_per_s, one.rate) << one.text;
    EXPECT_EQ(network->nic, one.nic) << one.text;
    EXPECT_FALSE(network->assumed) << one.text;
  }
  const auto selene = layout_network_of(record_of(kVtrain, {"hardware=Selene: DGX A100-80GB"}));
  EXPECT_EQ(selene.value().preset, "infiniband-hdr-selene");
}

TEST(SurveyLayout, RatesBecomeRatesOfSamples) {
  // 6143 tokens/s of each of 256 devices, 4096 in a sample.
  const auto tokens = quantity_of(record_of(kBridge)).value();
  EXPECT_EQ(tokens.quantity, Measurement::Quantity::throughput);
  EXPECT_DOUBLE_EQ(tokens.value * tokens.unit_value, 6143.0 * 256 / 4096);
  EXPECT_EQ(tokens.unit, "tokens/s per device");

  // 144 TFLOP/s of each of 384 devices; 4.510971e18 FLOP of 1536 samples of GPT-3.
  const std::vector<std::string> gpt3{"zoo=gpt3_175b",
                                      "shape.layers=96",
                                      "shape.hidden=12288",
                                      "shape.heads=96",
                                      "shape.kv_heads=96",
                                      "shape.ffn=49152",
                                      "shape.vocab=51200",
                                      "quantity=flops_per_device",
                                      "value_si=144e12",
                                      "devices=384",
                                      "layout="
                                      R"({"zero": 3, "data": 384})",
                                      "batch=1536"};
  std::vector<std::string> told = gpt3;
  told.emplace_back("flops_convention=full+recompute");
  const auto rate = quantity_of(record_of(kVtrain, told)).value();
  EXPECT_NEAR(rate.value * rate.unit_value, 144e12 * 384 / (4.510971e18 / 1536), 1e-5);
  EXPECT_EQ(why(kVtrain, gpt3).substr(0, 31), "what its FLOP count is not told");

  // 40 % of 312 TFLOP/s are 124.8 TFLOP/s.
  told.insert(told.end(), {"quantity=mfu", "value_si=0.4"});
  SurveyRecord share = record_of(kVtrain, told);
  share.peak = 312e12;
  const auto mfu = quantity_of(share).value();
  EXPECT_NEAR(mfu.value * mfu.unit_value, 124.8e12 * 384 / (4.510971e18 / 1536), 1e-5);
}

TEST(SurveyLayout, MemoryIsAllocatedWhereTheMetricSaysSo) {
  const std::vector<std::string> of{"quantity=memory", "value_si=66e9"};
  std::vector<std::string> allocated = of;
  allocated.emplace_back("measured.metric=peak_memory_allocated_worst_rank");
  EXPECT_EQ(quantity_of(record_of(kVtrain, allocated)).value().value, 66);
  EXPECT_TRUE(quantity_of(record_of(kVtrain, allocated)).value().allocated);
  std::vector<std::string> total = of;
  total.emplace_back("measured.metric=peak_memory_nvidia_smi");
  EXPECT_FALSE(quantity_of(record_of(kVtrain, total)).value().allocated);
  EXPECT_EQ(why(kVtrain, {"quantity=other"}), "metric 'iteration_time' is not compared");
}

TEST(SurveyLayout, ModulesOfSelectiveRecomputation) {
  EXPECT_EQ(
      why(kVtrain, {"layout.recompute=selective", R"(layout.recompute_modules=["core_attn"])"}),
      "");
  EXPECT_EQ(why(kVtrain, {"layout.recompute=selective",
                          R"(layout.recompute_modules=["mla_up_proj", "mlp"])"}),
            "recomputation of 'mla_up_proj' is not known; recomputation of 'mlp' is not known");
}

// BERT on whole devices is predicted as networks of images are, at its sequence.
TEST(SurveyLayout, BertWithoutALayout) {
  const std::vector<std::string> bert{"zoo=bert_base", "shape=null", "batch=2048",
                                      "layout="
                                      R"({"data": 64})",
                                      "sequence=128"};
  const SurveyRecord record = record_of(kVtrain, bert);
  EXPECT_FALSE(laid_out(record));
  const json scenario = json::parse(scenario_text(record, network_of(record), std::nullopt));
  EXPECT_EQ(scenario.at("data").at("sequence"), 128);
  EXPECT_FALSE(scenario.at("training").contains("parallelism"));
  std::vector<std::string> split = bert;
  split.emplace_back("layout.tensor=2");
  EXPECT_TRUE(laid_out(record_of(kVtrain, split)));
}

}  // namespace
}  // namespace rehearse
