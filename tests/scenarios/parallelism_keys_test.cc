// training.parallelism: what is read, what is refused, and the layout that follows from a number of
// devices.
#include <gtest/gtest.h>

#include <array>

#include "scenarios/parallelism_reader.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

using Workers = std::vector<std::int64_t>;

// The base scenario of 8 nodes of 4 devices with a GPT-2 of 12 blocks, 12 heads and sequences of
// 1024; 32 samples per replica.
std::vector<std::string> gpt2(const std::string& parallelism,
                              const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{R"(model={"zoo": "gpt2"})",
                               R"(data={"samples": 1000, "sequence": 1024})",
                               "training.parallelism=" + parallelism, "sweep={}"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Layout at(std::int64_t count, const std::string& parallelism,
          const std::vector<std::string>& more = {}) {
  return base_with(gpt2(parallelism, more)).layout_at(count);
}

std::string refusal(const std::string& parallelism, const std::vector<std::string>& more = {}) {
  return complaint(gpt2(parallelism, more));
}

TEST(ParallelismKeys, DefaultsArePlain) {
  const Scenario s = base_with({"sweep={}"});
  EXPECT_TRUE(s.parallelism.open.empty());
  const Layout layout = s.layout_at(8);
  EXPECT_TRUE(layout.is_plain());
  EXPECT_EQ(layout.data, 8);
  EXPECT_EQ(layout.microbatch, 32);
  EXPECT_EQ(layout.shard_group, 1);
  // PyTorch on GPUs overlaps; the slowdown is Galvatron's.
  EXPECT_TRUE(layout.overlap.gradients && layout.overlap.parameters);
  EXPECT_EQ(layout.overlap.slowdown, 1.13);
}

TEST(ParallelismKeys, AllAreRead) {
  const Scenario s = base_with(gpt2(R"({
      "data": "auto", "tensor": 2, "pipeline": 2, "context": 2, "expert": 1, "sequence": true,
      "zero": 1, "shard_group": 2, "order": "tp-cp-ep-dp-pp", "schedule": "interleaved",
      "microbatch": 2, "virtual_stages": 3, "stages": [1, 2, 2, 2, 2, 3], "recompute": "selective",
      "offload": {"optimizer": 0.5, "activations": 0.25}, "expert_imbalance": 1,
      "overlap": {"gradients": false, "parameters": true, "tensor": true, "pipeline": false,
                  "slowdown": 1.2},
      "expert_tensor": 2, "context_exchange": "all_gather", "dense": 1})"));
  EXPECT_TRUE(s.parallelism.open.empty());
  EXPECT_EQ(s.workers, (Workers{8, 16, 32}));
  const Layout l = s.layout_at(16);
  EXPECT_EQ(l.data, 2);
  EXPECT_EQ(l.replica(), 8);
  EXPECT_TRUE(l.sequence);
  EXPECT_EQ(l.zero, 1);
  EXPECT_EQ(l.shard_group, 2);
  EXPECT_EQ(l.schedule, PipelineSchedule::interleaved);
  EXPECT_EQ(l.virtual_stages, 3);
  EXPECT_EQ(l.microbatch, 2);
  EXPECT_EQ(l.microbatches, 16);
  EXPECT_EQ(l.stages, (std::vector<int>{1, 2, 2, 2, 2, 3}));
  EXPECT_EQ(l.recompute.mode, Recompute::Mode::selective);
  EXPECT_EQ(l.offload_optimizer, 0.5);
  EXPECT_EQ(l.offload_activations, 0.25);
  EXPECT_EQ(l.context_exchange, ContextExchange::all_gather);
  EXPECT_FALSE(l.overlap.gradients);
  EXPECT_FALSE(s.all_reduce.overlap);
  EXPECT_TRUE(l.overlap.tensor);
  EXPECT_EQ(l.overlap.slowdown, 1.2);
  EXPECT_EQ(s.global_batch_at(16), 64);
  EXPECT_EQ(s.worker_batch(16), 32);
}

TEST(ParallelismKeys, MicrobatchesFollowFromTheBatch) {
  EXPECT_EQ(at(8, R"({"tensor": 4})").microbatch, 32);
  EXPECT_EQ(at(8, R"({"pipeline": 4})").microbatches, 32);
  EXPECT_EQ(at(8, R"({"microbatch": 4})").microbatches, 8);
  EXPECT_EQ(at(8, R"({"microbatch": 1})").microbatches, 32);
  // A file of a convolutional network that writes the neutral value means none.
  EXPECT_EQ(base_with({"training.parallelism.microbatch=1"}).layout_at(4).microbatches, 1);
  EXPECT_EQ(base_with({"training.parallelism.microbatch=8"}).layout_at(4).microbatches, 4);
}

TEST(ParallelismKeys, BatchesCountReplicas) {
  const Scenario strong = base_with(gpt2(R"({"tensor": 4})", {R"(training.batch={"global": 96})"}));
  // 4, 8, 16 and 32 devices are 1, 2, 4 and 8 replicas.
  EXPECT_EQ(strong.workers, (Workers{4, 8, 16, 32}));
  EXPECT_EQ(strong.worker_batch(32), 12);
  const Scenario weak =
      base_with(gpt2(R"({"tensor": 4})", {R"(training.batch={"global": 96})", "sweep.scaling=weak",
                                          "sweep.workers=[8,16]"}));
  EXPECT_EQ(weak.batch_per_worker, 48);
  EXPECT_EQ(weak.global_batch_at(16), 192);
  // 36 samples for 8 replicas: of a sweep by default the point is left out.
  EXPECT_EQ(base_with(gpt2(R"({"tensor": 4})", {R"(training.batch={"global": 36})"})).workers,
            (Workers{4, 8, 16}));
}

TEST(ParallelismKeys, StagesAreEven) {
  EXPECT_EQ(at(4, R"({"pipeline": 4})").stages, (std::vector<int>{3, 3, 3, 3}));
  EXPECT_EQ(at(5, R"({"pipeline": 5})").stages, (std::vector<int>{2, 2, 3, 3, 2}));
  EXPECT_EQ(at(2, R"({"pipeline": 2, "schedule": "zb_v"})").stages, (std::vector<int>{3, 3, 3, 3}));
  EXPECT_EQ(at(2, R"({"pipeline": 2, "schedule": "dualpipe"})").stages, (std::vector<int>{6, 6}));
  EXPECT_EQ(at(2, R"({"tensor": 2})").stages, (std::vector<int>{12}));
}

TEST(ParallelismKeys, SchedulesHaveTheirParts) {
  EXPECT_EQ(at(2, R"({"pipeline": 2})").schedule, PipelineSchedule::one_f_one_b);
  EXPECT_EQ(at(2, R"({"pipeline": 2, "virtual_stages": 3})").schedule,
            PipelineSchedule::interleaved);
  EXPECT_EQ(at(2, R"({"pipeline": 2, "schedule": "interleaved"})").virtual_stages, 2);
  EXPECT_EQ(
      at(2, R"({"pipeline": 2, "schedule": "dualpipe_v", "virtual_stages": 1})").virtual_stages, 2);
  EXPECT_FALSE(at(2, R"({"pipeline": 2})").overlap.pipeline);
  EXPECT_TRUE(at(2, R"({"pipeline": 2, "virtual_stages": 2})").overlap.pipeline);
}

TEST(ParallelismKeys, FrameworksDiffer) {
  const auto overlap = [](const std::string& framework, const std::string& zero) {
    return at(8, R"({"zero": )" + zero + "}", {"training.framework=" + framework}).overlap;
  };
  EXPECT_FALSE(overlap("megatron", "0").gradients);
  EXPECT_EQ(overlap("megatron", "0").slowdown, 1);
  EXPECT_TRUE(overlap("megatron", "1").gradients && overlap("megatron", "1").parameters);
  EXPECT_FALSE(overlap("deepspeed", "2").parameters);
  EXPECT_TRUE(overlap("deepspeed", "3").parameters);
  EXPECT_TRUE(overlap("pytorch", "3").parameters);
}

TEST(ParallelismKeys, ShardGroupsAreAllReplicasByDefault) {
  EXPECT_EQ(at(8, R"({"zero": 1, "tensor": 2})").shard_group, 4);
  EXPECT_EQ(at(8, R"({"zero": 3, "context": 2})").shard_group, 8);
  EXPECT_EQ(base_with(gpt2(R"({"zero": 3, "shard_group": 3})")).workers, (Workers{3, 6, 12, 24}));
}

TEST(ParallelismKeys, GivenReplicasAreOnePoint) {
  EXPECT_EQ(base_with(gpt2(R"({"data": 2, "tensor": 4})")).workers, (Workers{8}));
  EXPECT_EQ(
      refusal(R"({"data": 2, "tensor": 4})", {"sweep.workers=[16]"}),
      R"(s.json: /training/parallelism/data: 2 replicas of 4 take 8 devices, not 16: use "auto", or sweep.workers [8])");
}

TEST(ParallelismKeys, AutoIsOpen) {
  const Scenario all = base_with(gpt2(R"("auto")"));
  EXPECT_EQ(all.parallelism.open, open_keys());
  const Scenario some = base_with(gpt2(R"({"tensor": "auto", "schedule": "auto", "pipeline": 2})"));
  EXPECT_EQ(some.parallelism.open, (std::vector<std::string>{"tensor", "schedule"}));
  EXPECT_EQ(some.parallelism.layout.pipeline, 2);
  for (const std::string& key : open_keys()) {
    EXPECT_EQ(base_with(gpt2("{\"" + key + "\": \"auto\"}")).parallelism.open,
              (std::vector<std::string>{key}));
  }
}

TEST(ParallelismKeys, TensorOfOldFilesIsDense) {
  const Scenario s = base_with({"training.parallelism.tensor=2", "sweep.workers=[2,8]"});
  EXPECT_EQ(s.parallelism.dense, 2);
  EXPECT_EQ(s.parallelism.layout.tensor, 1);
  ASSERT_EQ(s.remarks.size(), 1u);
  EXPECT_NE(s.remarks[0].find("is read as dense"), std::string::npos);
}

TEST(ParallelismKeys, WithoutEffectTheyAreSetAside) {
  const Scenario s = base_with(gpt2(
      R"({"sequence": true, "schedule": "zb_v", "virtual_stages": 2, "stages": [6, 6],
          "shard_group": 2, "context_exchange": "all_gather", "expert_imbalance": 2,
          "expert_tensor": 2, "overlap": {"tensor": true}})"));
  EXPECT_TRUE(s.layout_at(8).is_plain());
  EXPECT_EQ(s.remarks.size(), 9u);
  EXPECT_EQ(s.remarks.front(), "training.parallelism.sequence is not used: tensor is 1");
}

// Of a mixture of experts on 32 devices.
TEST(ParallelismKeys, Dispatch) {
  const auto layout_with = [](const std::string& more) {
    return at(32, R"({"expert": 8, )" + more + R"("microbatch": 2})",
              {R"(model={"zoo": "mixtral_8x7b"})"});
  };
  const Layout plain = layout_with("");
  EXPECT_EQ(plain.expert_dispatch, ExpertDispatch::all_to_all);
  EXPECT_EQ(plain.expert_nodes, 0);
  EXPECT_FALSE(plain.expert_fp8 || plain.overlap.expert);
  // Routers that keep to few nodes are made for it.
  const Layout limited = layout_with(R"("expert_nodes": 2, "expert_fp8": true, )");
  EXPECT_EQ(limited.expert_dispatch, ExpertDispatch::deduplicated);
  EXPECT_EQ(limited.expert_nodes, 2);
  EXPECT_TRUE(limited.expert_fp8);
  // DualPipe computes one microbatch while steps of another travel; 1F1B cannot.
  EXPECT_TRUE(layout_with(R"("pipeline": 4, "schedule": "dualpipe", )").overlap.expert);
  EXPECT_FALSE(layout_with(R"("pipeline": 4, )").overlap.expert);
  EXPECT_FALSE(layout_with(R"("pipeline": 4, "overlap": {"expert": true}, )").overlap.expert);
  EXPECT_TRUE(layout_with(R"("overlap": {"expert": true}, )").overlap.expert);
}

TEST(ParallelismKeys, DispatchWithoutEffectIsSetAside) {
  const Scenario s = base_with(gpt2(
      R"({"tensor": 2, "expert_dispatch": "deduplicated", "expert_nodes": 2, "expert_fp8": true,
          "overlap": {"expert": true}})"));
  EXPECT_EQ(s.parallelism.layout.expert_dispatch, ExpertDispatch::all_to_all);
  EXPECT_EQ(s.parallelism.layout.expert_nodes, 0);
  EXPECT_FALSE(s.parallelism.layout.expert_fp8);
  ASSERT_EQ(s.remarks.size(), 4u);
  EXPECT_EQ(s.remarks.front(), "training.parallelism.expert_dispatch is not used: expert is 1");
}

TEST(ParallelismKeys, BadInput) {
  const std::string at = "s.json: /training/parallelism";
  const std::vector<std::array<std::string, 2>> cases{
      {R"({"tensr": 2})", "did you mean 'tensor'?"},
      {R"({"tensor": 0})", at + "/tensor: 0 is out of range"},
      {R"({"tensor": "8"})", at + "/tensor: "},
      {R"({"zero": 4})", at + "/zero: 4 is out of range"},
      {R"({"sequence": 1})", at + "/sequence: "},
      {R"({"schedule": "1b1f", "pipeline": 2})", at + "/schedule: '1b1f' is not known"},
      {R"({"order": "tp-dp"})", at + "/order: 'tp-dp' is no order of ranks"},
      {R"({"stages": []})", at + "/stages: no stage is listed"},
      {R"({"stages": [6, 7], "pipeline": 2})", at + "/stages: the stages have 13 blocks together"},
      {R"({"stages": [6, 6], "pipeline": 3})", at + "/stages: 2 entries for 3 parts"},
      {R"({"pipeline": 16})", at + "/pipeline: 16 parts for the 12 blocks"},
      {R"({"pipeline": 4, "schedule": "interleaved", "virtual_stages": 1})",
       at + "/virtual_stages: schedule 'interleaved' needs two parts on a stage"},
      {R"({"pipeline": 4, "schedule": "1f1b", "virtual_stages": 2})",
       at + "/virtual_stages: schedule '1f1b' has one part on a stage"},
      {R"({"pipeline": 3, "schedule": "interleaved"})",
       at + "/microbatch: 32 microbatches do not divide by 3 stages"},
      {R"({"pipeline": 3, "schedule": "dualpipe"})", at + "/pipeline: schedule 'dualpipe' needs"},
      {R"({"pipeline": 2, "microbatch": 16, "schedule": "dualpipe"})",
       at + "/microbatch: 2 microbatches are no work for schedule 'dualpipe'"},
      {R"({"tensor": 8})", at + "/tensor: the 12 heads of "},
      {R"({"context": 3})", at + "/context: a sequence of 1024 does not divide by 6"},
      {R"({"tensor": 3, "sequence": true})",
       at + "/sequence: a sequence of 1024 does not divide by 3"},
      {R"({"expert": 2})", at + "/expert: the model has no experts"},
      {R"({"microbatch": 5})", at + "/microbatch: a batch of 32 per replica"},
      {R"({"offload": {"optimizer": 2}})", at + "/offload/optimizer: 2 is out of range"},
      {R"({"offload": 0.5})", at + "/offload: expected an object"},
      {R"({"overlap": {"slowdown": 0.5}})", at + "/overlap/slowdown: 0.5 is out of range"},
      {R"({"overlap": {"gradient": true}})", at + "/overlap/gradient: unknown key"},
      {R"({"expert_imbalance": 0.5})", at + "/expert_imbalance: 0.5 is out of range"},
      {R"({"context_exchange": "rings"})", at + "/context_exchange: 'rings' is not known"},
      {R"({"tensor": 100000, "pipeline": 100000})",
       at + ": a replica would have more than a million devices"},
      {R"({"dense": 2, "zero": 1})", at + "/zero: dense layers are split beside"}};
  for (const auto& [parallelism, text] : cases) {
    const std::string said = refusal(parallelism);
    EXPECT_NE(said.find(text), std::string::npos) << parallelism << ": " << said;
  }
}

TEST(ParallelismKeys, WhatGoesTogether) {
  const auto says = [](const std::vector<std::string>& more, const std::string& text) {
    const std::string said = refusal(R"({"tensor": 2})", more);
    EXPECT_NE(said.find(text), std::string::npos) << said;
  };
  says({"training.strategy=async_ps"}, "strategy 'sync' only, not 'async_ps'");
  says({"training.allreduce.batching=priority"}, "batching 'priority'");
  says({"training.allreduce.compression=topk"}, "compressed gradients");
  says({"sweep.workers=[2,5]"}, "/sweep/workers/1: 5 devices do not form replicas of 2");
  says({R"(training.batch={"global": 33})", "sweep.workers=[4]"},
       "a global batch of 33 cannot be dealt evenly to 2 replicas");
  says({R"(training.batch={"global": 3})", "sweep.workers=[16]"},
       "leaves some of 8 replicas without a sample");
  EXPECT_NE(refusal(R"("auto")", {"training.strategy=gem"}).find("strategy 'sync' only"),
            std::string::npos);
}

// Experts on 4 x 2 ranks of a stage; an order in which stages vary before replicas has other stages
// for experts.
TEST(ParallelismKeys, ExpertsFoldOntoTheRanks) {
  const auto mixtral = [](const std::string& parallelism) {
    return std::vector<std::string>{R"(model={"zoo": "mixtral_8x7b"})",
                                    R"(data={"samples": 1000, "sequence": 1024})",
                                    "training.parallelism=" + parallelism, "sweep={}"};
  };
  const Scenario s = base_with(mixtral(R"({"expert": 4, "tensor": 2, "sequence": true})"));
  EXPECT_EQ(s.workers, (Workers{4, 8, 16, 32}));
  EXPECT_EQ(s.layout_at(8).expert_tensor, 1);
  EXPECT_EQ(base_with(mixtral(R"({"tensor": 2})")).layout_at(8).expert_tensor, 2);
  EXPECT_NE(complaint(mixtral(R"({"expert": 4, "tensor": 2})")).find("need sequence parallelism"),
            std::string::npos);
  EXPECT_NE(complaint(mixtral(R"({"expert": 3})")).find("do not divide by 3"), std::string::npos);
  EXPECT_NE(complaint(mixtral(R"({"expert": 4, "pipeline": 2, "data": 4,
                                  "order": "tp-cp-ep-pp-dp"})"))
                .find("let training.parallelism.order end with pp"),
            std::string::npos);
}

}  // namespace
}  // namespace rehearse
