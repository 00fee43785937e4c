// Keys of how gradients are reduced: compression, priority, cores that only communicate.
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

using Batching = AllReduceOptions::Batching;

bool remarks(const Scenario& s, const std::string& what) {
  for (const std::string& remark : s.remarks) {
    if (remark.find(what) != std::string::npos) return true;
  }
  return false;
}

// The one line of the refusal.
std::string refusal(const std::vector<std::string>& overrides) {
  try {
    (void)base_with(overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ReductionKeys, CompressionHasAWordAndARatio) {
  EXPECT_EQ(base_with().all_reduce.compression, Compression::none);
  const Scenario top = base_with({"training.allreduce.compression=topk"});
  EXPECT_EQ(top.all_reduce.compression, Compression::topk);
  EXPECT_EQ(top.all_reduce.ratio, 0.01);
  EXPECT_EQ(top.wire_bytes(), 4);
  const Scenario half =
      base_with({"training.allreduce.compression=fp16", "training.allreduce.ratio=0.1"});
  EXPECT_EQ(half.wire_bytes(), 2);
  EXPECT_TRUE(remarks(half, "allreduce.ratio is not used"));
  EXPECT_TRUE(says(refusal({"training.allreduce.compression=zip"}), "zip"));
  EXPECT_TRUE(says(refusal({"training.allreduce.compression=topk", "training.allreduce.ratio=0"}),
                   "give a share above 0"));
}

TEST(ReductionKeys, CastsOfTwoBytesAreSetAside) {
  const Scenario s =
      base_with({"training.gradient_precision=bf16", "training.allreduce.compression=fp16"});
  EXPECT_EQ(s.all_reduce.compression, Compression::none);
  EXPECT_TRUE(remarks(s, "gradients have 2 bytes anyway"));
}

TEST(ReductionKeys, PriorityHasUnitsOfFourMebibytes) {
  const Scenario s =
      base_with({"training.allreduce.batching=priority", "training.allreduce.in_flight=2"});
  EXPECT_EQ(s.all_reduce.batching, Batching::priority);
  EXPECT_EQ(s.all_reduce.fusion, Bytes(4.0 * 1024 * 1024));
  EXPECT_EQ(s.all_reduce.in_flight, 1);
  EXPECT_TRUE(remarks(s, "in_flight is not used: one unit leaves after the other"));
  EXPECT_TRUE(says(refusal({"training.allreduce.batching=priority", "training.strategy=lagged"}),
                   "under strategy 'sync' only, not 'lagged'"));
}

TEST(ReductionKeys, LocalSgdHasNoBatches) {
  const Scenario s = base_with(
      {"training.strategy=local_sgd", "training.local_steps=8", "training.allreduce.fusion=1 MiB"});
  EXPECT_EQ(s.strategy.local_steps, 8);
  EXPECT_TRUE(remarks(s, "allreduce.fusion is not used: strategy 'local_sgd'"));
}

TEST(ReductionKeys, HelpersTakeCoresOfACpuNode) {
  const std::string cpu = "cluster.node.device=xeon-platinum-8480";
  const Scenario s = base_with({cpu, "cluster.node.cores=32", "cluster.node.helpers=4"});
  EXPECT_EQ(s.helpers, 4);
  EXPECT_EQ(s.cores(), 32);
  EXPECT_TRUE(says(refusal({cpu, "cluster.node.helpers=4"}), "give 'cores'"));
  EXPECT_TRUE(says(refusal({cpu, "cluster.node.cores=4", "cluster.node.helpers=4"}),
                   "4 of 4 cores only communicate"));
  EXPECT_EQ(base_with({cpu, "cluster.node.threads=16"}).threads, 16);
}

TEST(ReductionKeys, HelpersDoNothingForGpus) {
  const Scenario s = base_with({"cluster.node.helpers=4"});
  EXPECT_EQ(s.helpers, 0);
  EXPECT_TRUE(remarks(s, "cluster.node.helpers is not used: the device is a GPU"));
}

}  // namespace
}  // namespace rehearse
