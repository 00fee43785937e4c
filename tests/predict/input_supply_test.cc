#include "predict/input_supply.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "predict/predict.h"
#include "tests/predict/known_device.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// The tiny scenario with samples of 1 MB in batches of 32, on nodes of 2 devices.
Scenario scenario(const std::vector<std::string>& more) {
  std::vector<std::string> overrides{"data.bytes_per_sample=1 MB",
                                     "cluster.node.devices=2",
                                     "cluster.node.device_bandwidth=10 GB/s",
                                     "cluster.node.device_latency=1 us",
                                     "training.allreduce.batching=buckets",
                                     "training.allreduce.fusion=25 MiB",
                                     R"(noise={"compute_cv": 0, "device_cv": 0})"};
  overrides.insert(overrides.end(), more.begin(), more.end());
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  for (const std::string& one : overrides) document.set(one);
  return with_known_time(read_scenario(document));
}

double milliseconds(const std::vector<std::string>& more, std::int64_t workers) {
  return 1e3 * batch_supply_time(scenario(more), workers).value();
}

TEST(BatchSupply, TakesNoTimeWhereNothingIsKnown) { EXPECT_EQ(milliseconds({}, 4), 0); }

// 32 MB per worker: of 10 GB/s for all, 4 workers wait 4 * 3.2 ms.
TEST(BatchSupply, SharedStorageSlowsDownWithTheWorkers) {
  const std::vector<std::string> storage{R"(cluster.storage={"bandwidth": "10 GB/s"})"};
  EXPECT_NEAR(milliseconds(storage, 1), 3.2, 1e-9);
  EXPECT_NEAR(milliseconds(storage, 4), 12.8, 1e-9);
}

// 2 GB/s to a node: 16 ms for one worker, 32 for two on the node, whoever else is at work.
TEST(BatchSupply, ANodeSharesItsOwnStorage) {
  const std::vector<std::string> storage{R"(cluster.storage={"node_bandwidth": "2 GB/s"})"};
  EXPECT_NEAR(milliseconds(storage, 1), 16, 1e-9);
  EXPECT_NEAR(milliseconds(storage, 2), 32, 1e-9);
  EXPECT_NEAR(milliseconds(storage, 16), 32, 1e-9);
}

// 2 * 32 samples of 5 ms on 8 cores: 40 ms.
TEST(BatchSupply, CoresOfANodePrepareForAllItsDevices) {
  const std::vector<std::string> cores{"data.preparation=5 ms", "cluster.node.cores=8"};
  EXPECT_NEAR(milliseconds(cores, 1), 20, 1e-9);
  EXPECT_NEAR(milliseconds(cores, 8), 40, 1e-9);
}

TEST(BatchSupply, TheSlowestDecides) {
  EXPECT_NEAR(
      milliseconds({R"(cluster.storage={"bandwidth": "10 GB/s", "node_bandwidth": "2 GB/s"})",
                    "data.preparation=5 ms", "cluster.node.cores=8"},
                   4),
      40, 1e-9);
}

// Strong scaling: the batch of a worker shrinks as their number grows, the time of all stays.
TEST(BatchSupply, ReadsTheShareOfAGlobalBatch) {
  const std::vector<std::string> strong{"sweep.scaling=strong", R"(training.batch={"global": 64})",
                                        R"(cluster.storage={"bandwidth": "10 GB/s"})"};
  EXPECT_NEAR(milliseconds(strong, 1), 6.4, 1e-9);
  EXPECT_NEAR(milliseconds(strong, 4), 6.4, 1e-9);
}

PredictedPoint predicted(std::vector<std::string> more, const std::string& fidelity) {
  more.insert(more.end(), {"sweep.workers=[4]", "fidelity=" + fidelity});
  return predict(scenario(more), {}).points.front();
}

// Batches come every 40 ms, more than the rest of a step takes: the step is 40 ms, and what is not
// the rest is waiting.
TEST(BatchSupply, AStepLastsAsLongAsItsBatchTakesToCome) {
  for (const std::string fidelity : {"analytic", "flow", "message"}) {
    SCOPED_TRACE(fidelity);
    const PredictedPoint free = predicted({}, fidelity);
    ASSERT_LT(free.step_time.p50, 0.03);
    EXPECT_EQ(free.breakdown[StepPhase::input_wait].value(), 0);
    const PredictedPoint bound =
        predicted({"data.preparation=5 ms", "cluster.node.cores=8"}, fidelity);
    EXPECT_NEAR(bound.step_time.p50, 0.04, 1e-6);
    EXPECT_NEAR(bound.breakdown[StepPhase::input_wait].value(), 0.04 - free.step_time.p50, 1e-4);
  }
}

// Batches come every 4 ms and are read ahead.
TEST(BatchSupply, WhatIsReadAheadInTimeCostsNothing) {
  const PredictedPoint free = predicted({}, "flow");
  ASSERT_GT(free.step_time.p50, 0.0041);
  const PredictedPoint fast =
      predicted({"data.preparation=0.5 ms", "cluster.node.cores=8"}, "flow");
  EXPECT_NEAR(fast.step_time.p50, free.step_time.p50, 1e-9);
  EXPECT_EQ(fast.breakdown[StepPhase::input_wait].value(), 0);
}

std::vector<std::string> codes(const std::vector<std::string>& more) {
  std::vector<std::string> found;
  for (const Warning& warning : predict(scenario(more), {}).warnings) found.push_back(warning.code);
  return found;
}

TEST(BatchSupply, ATrainingThatWaitsIsWarnedOf) {
  const auto has = [](const std::vector<std::string>& list, const std::string& code) {
    return std::find(list.begin(), list.end(), code) != list.end();
  };
  EXPECT_TRUE(has(codes({R"(cluster.storage={"bandwidth": "1 GB/s"})"}), "input_bound"));
  EXPECT_FALSE(has(codes({R"(cluster.storage={"bandwidth": "1 TB/s"})"}), "input_bound"));
}

}  // namespace
}  // namespace rehearse
