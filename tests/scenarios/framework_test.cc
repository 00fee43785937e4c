// The key training.framework and what it sets: batching, buckets, bytes of a gradient.
#include "scenarios/framework.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

using Batching = AllReduceOptions::Batching;

constexpr double kMiB = 1024.0 * 1024;

Scenario of(const std::string& framework, std::vector<std::string> more = {}) {
  more.insert(more.begin(), "training.framework=" + framework);
  return base_with(more);
}

bool says_assumed(const Scenario& s) {
  return std::any_of(s.provenance.begin(), s.provenance.end(), [](const Provenance& p) {
    return p.quantity == "training.framework" && p.kind == Provenance::Kind::assumed;
  });
}

TEST(Framework, IsHorovodWhereItsKeysAreGiven) {
  for (const char* key : {"training.allreduce.batching=horovod", "training.allreduce.cycle=1 ms"}) {
    const Scenario s = base_with({key});
    EXPECT_EQ(s.framework, Framework::horovod) << key;
    EXPECT_EQ(s.all_reduce.batching, Batching::horovod) << key;
    EXPECT_EQ(s.all_reduce.fusion, Bytes(64 * kMiB)) << key;
    EXPECT_FALSE(says_assumed(s)) << key;
  }
}

TEST(Framework, IsElseThatOfTheKindOfDevice) {
  const Scenario gpu = base_with();
  EXPECT_EQ(gpu.framework, Framework::pytorch);
  EXPECT_EQ(gpu.all_reduce.batching, Batching::buckets);
  EXPECT_EQ(gpu.all_reduce.fusion, Bytes(25 * kMiB));
  EXPECT_TRUE(says_assumed(gpu));
  const Scenario cpu = base_with({"cluster.node.device=xeon-platinum-8480"});
  EXPECT_EQ(cpu.framework, Framework::none);
  EXPECT_EQ(cpu.all_reduce.batching, Batching::buckets);
  EXPECT_TRUE(says_assumed(cpu));
}

TEST(Framework, SetsTheBuckets) {
  EXPECT_EQ(of("tensorflow").all_reduce.fusion, Bytes(0));
  // 40,000,000 elements of 4 B; 500,000,000 of 4 B in fp32.
  EXPECT_EQ(of("megatron").all_reduce.fusion, Bytes(160e6));
  EXPECT_EQ(of("deepspeed").all_reduce.fusion, Bytes(2e9));
  EXPECT_EQ(of("none").all_reduce.fusion, Bytes(25 * kMiB));
  for (const char* name : {"tensorflow", "megatron", "deepspeed", "none", "pytorch"}) {
    EXPECT_EQ(of(name).all_reduce.batching, Batching::buckets) << name;
    EXPECT_FALSE(says_assumed(of(name))) << name;
  }
}

TEST(Framework, SetsTheBytesOfAGradient) {
  const std::string half = "precision=fp16";
  EXPECT_EQ(of("megatron", {half}).gradient_bytes, 4);
  EXPECT_EQ(of("horovod", {half}).gradient_bytes, 4);
  for (const char* name : {"pytorch", "deepspeed", "tensorflow", "none"}) {
    EXPECT_EQ(of(name, {half}).gradient_bytes, 2) << name;
    EXPECT_EQ(of(name).gradient_bytes, 4) << name;
  }
  // 500,000,000 elements of 2 B.
  EXPECT_EQ(of("deepspeed", {half}).all_reduce.fusion, Bytes(1e9));
}

TEST(Framework, GivesWayToExplicitKeys) {
  const Scenario s = of("megatron", {"precision=fp16", "training.gradient_precision=bf16",
                                     "training.allreduce.fusion=1 MiB"});
  EXPECT_EQ(s.gradient_bytes, 2);
  EXPECT_EQ(s.all_reduce.fusion, Bytes(kMiB));
  EXPECT_EQ(of("pytorch", {"training.allreduce.batching=horovod"}).all_reduce.fusion,
            Bytes(64 * kMiB));
  EXPECT_EQ(of("horovod", {"training.allreduce.batching=buckets"}).all_reduce.fusion,
            Bytes(25 * kMiB));
  EXPECT_EQ(of("horovod", {"precision=fp16", "training.gradient_precision=fp16"}).gradient_bytes,
            2);
}

TEST(Framework, MayEnqueueKernelsFasterThanTheDeviceProfileSays) {
  EXPECT_EQ(base_with().device.launch_overhead, Duration(7e-6));
  EXPECT_EQ(base_with({"training.launch_gap=0.5 us"}).device.launch_overhead, Duration(0.5e-6));
  EXPECT_NE(complaint({"training.launch_gap=2 s"}).find("/training/launch_gap"), std::string::npos);
}

TEST(Framework, RefusesOtherWords) {
  EXPECT_EQ(complaint({"training.framework=pytroch"}),
            "s.json: /training/framework: 'pytroch' is not known (it can be horovod, pytorch, "
            "tensorflow, megatron, deepspeed or none): did you mean 'pytorch'?");
  EXPECT_NE(complaint({"training.gradient_precision=fp8"}), "accepted");
}

}  // namespace
}  // namespace rehearse
