// Layouts on a network: a prediction from beginning to end, and what its exchanges take.
#include "predict/layout_network.h"

#include <gtest/gtest.h>

#include "predict/job_places.h"
#include "predict/predict.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// 8 nodes of 8 devices, 100 GB/s inside, 10 GB/s for each device between nodes; GPT-2 medium with
// 16 samples of 512 steps for each replica.
Scenario scenario_with(const std::string& parallelism, const std::vector<std::string>& more = {}) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "s.json");
  std::vector<std::string> all{R"(model={"zoo": "gpt2_medium"})",
                               R"(data={"samples": 1000, "sequence": 512})",
                               R"(cluster.node={"device": "a100-sxm4-80gb", "devices": 8,
                                   "device_bandwidth": "100 GB/s", "device_latency": "1 us"})",
                               R"(training={"batch": {"per_worker": 16},
                                   "framework": "pytorch", "optimizer": {"name": "adam"}})",
                               "training.parallelism=" + parallelism,
                               "sweep.workers=[64]",
                               "fidelity=analytic",
                               "precision=bf16",
                               R"(noise={"compute_cv": 0, "device_cv": 0, "node_cv": 0})"};
  all.insert(all.end(), more.begin(), more.end());
  for (const std::string& assignment : all) document.set(assignment);
  return read_scenario(document);
}

PredictedPoint predicted(const Scenario& scenario) { return predict(scenario, {}).points.front(); }

constexpr const char* kUneven =
    R"({"tensor": 8, "pipeline": 4, "microbatch": 1, "stages": [4, 8, 8, 4]})";

TEST(LayoutNetwork, TensorTimesPipelineTimesData) {
  const PredictedPoint even =
      predicted(scenario_with(R"({"tensor": 8, "pipeline": 4, "microbatch": 1})"));
  const PredictedPoint uneven = predicted(scenario_with(kUneven));
  ASSERT_TRUE(uneven.layout.has_value());
  EXPECT_EQ(uneven.layout->data, 2);
  EXPECT_EQ(uneven.layout->microbatches, 16);
  EXPECT_EQ(uneven.global_batch, 32);
  for (const PredictedPoint& point : {even, uneven}) {
    EXPECT_NEAR(point.breakdown.sum().value(), point.step_time.p50, 1e-9 * point.step_time.p50);
    EXPECT_GT(point.breakdown[StepPhase::exposed_communication], Duration(0));
  }
  // 8 blocks of the longest stage instead of 6: the others wait for it.
  EXPECT_GT(uneven.step_time.p50, even.step_time.p50);
  EXPECT_GT(uneven.breakdown[StepPhase::pipeline_bubble],
            even.breakdown[StepPhase::pipeline_bubble]);
  // The longest stage has 8 blocks of 12 h^2 + 13 h: 12 h^2 + 7 h shared by 8, 6 h on every rank.
  const double h = 1024;
  EXPECT_GE(uneven.memory[MemoryPart::weights], Bytes(2 * 8 * ((12 * h * h + 7 * h) / 8 + 6 * h)));
}

// A ring of 8 in a node at 100 GB/s: 7 / 8 of 80 MB are sent once by a gather, twice by an
// all-reduce. Replicas, 32 ranks apart, have 10 GB/s each.
TEST(LayoutNetwork, ExchangesTakeTheTimeOfTheirLinks) {
  const Scenario scenario = scenario_with(kUneven);
  const BuiltNetwork built(scenario);
  const JobPoint job(scenario, 64);
  LayoutNetwork network(scenario, built, job.layout(), job_places(job, built.network));
  const auto seconds = [&](GridAxis axis, Operation operation) {
    return network.collective(axis, operation, Bytes(80e6)).seconds;
  };
  const double inside = 80e6 / 100e9, outside = 80e6 / 10e9;
  EXPECT_NEAR(seconds(GridAxis::tensor, Operation::all_gather), inside * 7 / 8, 0.05 * inside);
  EXPECT_NEAR(seconds(GridAxis::tensor, Operation::all_reduce), 2 * inside * 7 / 8, 0.05 * inside);
  EXPECT_EQ(seconds(GridAxis::context, Operation::all_gather), 0);
  // 8 ranks of a node share what its link carries, or have one each: at least the time of one.
  EXPECT_GE(seconds(GridAxis::replicas, Operation::all_reduce), outside * 0.99);
  EXPECT_GE(seconds(GridAxis::pipeline, Operation::send_recv), outside * 0.99);
  EXPECT_EQ(network.collective(GridAxis::tensor, Operation::all_gather, Bytes(0)).seconds, 0);
  // A time holds its latency.
  const ExchangeTime small = network.collective(GridAxis::tensor, Operation::all_gather, Bytes(64));
  EXPECT_GT(small.latency, 0);
  EXPECT_LE(small.latency, small.seconds);
}

TEST(LayoutNetwork, FasterLinksAreNeverSlower) {
  for (const char* parallelism :
       {kUneven, R"({"tensor": 4, "sequence": true, "context": 2, "zero": 1})",
        R"({"zero": 3, "microbatch": 4})",
        R"({"pipeline": 8, "schedule": "interleaved", "virtual_stages": 3, "microbatch": 1})"}) {
    const auto step = [&](const std::string& bandwidth) {
      return predicted(
                 scenario_with(parallelism, {"cluster.network.injection_bandwidth=" + bandwidth}))
          .step_time.p50;
    };
    EXPECT_LE(step("20 GB/s"), step("10 GB/s") * (1 + 1e-9)) << parallelism;
  }
}

// What a step of a device differs by makes all stages wait: never faster than without.
TEST(LayoutNetwork, NoiseSlowsTheStep) {
  const double quiet = predicted(scenario_with(kUneven)).step_time.p50;
  const PredictedPoint noisy = predicted(
      scenario_with(kUneven, {R"(noise={"compute_cv": 0.05, "device_cv": 0.02, "node_cv": 0})"}));
  EXPECT_GT(noisy.step_time.p50, quiet);
  EXPECT_GT(noisy.breakdown[StepPhase::straggler_wait], Duration(0));
  EXPECT_NEAR(noisy.breakdown.sum().value(), noisy.step_time.p50, 1e-9 * noisy.step_time.p50);
}

// Five blocks are cut, the module belongs to what is behind them.
TEST(LayoutNetwork, APredictionModuleIsOnTheLastStage) {
  const PredictedPoint point = predicted(scenario_with(
      R"({"pipeline": 2, "expert": 8, "zero": 1, "microbatch": 1})",
      {R"(model={"zoo": "deepseek_v2_lite", "prediction_modules": 1, "layer_count": 5})",
       "sweep.workers=[32]"}));
  EXPECT_GT(point.step_time.p50, 0);
  EXPECT_EQ(point.layout->stages, (std::vector<int>{3, 2}));
}

}  // namespace
}  // namespace rehearse
