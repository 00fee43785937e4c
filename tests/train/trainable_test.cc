// What a real run refuses of precisions, and how it takes what a scenario says of gradients.
#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/backend.h"
#include "train/find_backend.h"
#include "train/train.h"

namespace rehearse {
namespace {

// `training`: beside the batch.
Scenario scenario(const std::string& precision, const std::string& training = "") {
  return read_scenario(JsonDocument::parse_text(
      R"({"name": "s", "model": {"zoo": "lenet5"}, "precision": ")" + precision + R"(",
      "data": {"samples": 64, "classes": 10}, "cluster": {"nodes": 2,
      "node": {"device": "a100-sxm4-80gb"}, "network": {"topology": "single_switch",
      "injection_bandwidth": "10 GB/s", "injection_latency": "1 us", "stack": "ideal"}},
      "training": {"batch": {"per_worker": 4})" +
          training + R"(}, "sweep": {"workers": [2]}})",
      "s.json"));
}

std::string complaint(const Scenario& s) {
  try {
    expect_trainable(s, 2);
    expect_computed(s, cpu_backend());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

void expect_complaint(const Scenario& s, const std::string& part) {
  EXPECT_NE(complaint(s).find(part), std::string::npos) << complaint(s);
}

TEST(Trainable, CoresComputeInFp32) {
  EXPECT_EQ(complaint(scenario("fp32")), "accepted");
  expect_complaint(scenario("bf16"),
                   "training in bf16 does not work on CPU cores (their kernels compute in fp32)");
}

TEST(Trainable, Fp16NeedsGradientsThatAllRanksHaveSummed) {
  expect_complaint(scenario("fp16", R"(, "strategy": "local_sgd")"),
                   "training in fp16 does not work with strategy 'local_sgd'");
  expect_complaint(scenario("fp16", R"(, "allreduce": {"batching": "priority"})"), "'priority'");
  expect_complaint(scenario("fp16", R"(, "allreduce": {"compression": "topk"})"), "'topk'");
  // What is left to say is that cores do not compute in it.
  expect_complaint(scenario("fp16"), "does not work on CPU cores");
}

// Pytorch's gradients have the precision of the weights, Horovod's are fp32.
TEST(Trainable, GradientsOfTwoBytesAreCastForTheWire) {
  const auto cast_of = [](const std::string& precision, const std::string& training) {
    const Scenario own = on_backend(scenario(precision, training), 2, cpu_backend());
    EXPECT_EQ(own.gradient_bytes, 4);
    return own.all_reduce.compression;
  };
  const std::string pytorch = R"(, "framework": "pytorch")";
  EXPECT_EQ(cast_of("bf16", pytorch), Compression::bf16);
  EXPECT_EQ(cast_of("fp16", pytorch), Compression::fp16);
  EXPECT_EQ(cast_of("tf32", pytorch), Compression::none);
  EXPECT_EQ(cast_of("fp32", R"(, "gradient_precision": "fp16")"), Compression::fp16);
  EXPECT_EQ(cast_of("bf16", R"(, "framework": "horovod")"), Compression::none);
}

TEST(Trainable, GradientsOfALayoutTravelInFp32) {
  const std::string layout = R"(, "parallelism": {"zero": 1})";
  expect_complaint(scenario("fp32", layout + R"(, "gradient_precision": "bf16")"),
                   "gradients of this layout travel in fp32");
  EXPECT_EQ(complaint(scenario("fp32", layout)), "accepted");
}

}  // namespace
}  // namespace rehearse
