// Predictions with split dense layers, against formulas by hand and textbook costs.
#include <gtest/gtest.h>

#include "predict/job_costs.h"
#include "predict/predict.h"
#include "tests/predict/known_device.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// The tiny scenario without noise: dense layers of 512 x 4096 and 4096 x 1000, 32 samples a worker,
// 10 GB/s and 2 us from node to node.
Scenario tiny(int tensor, int workers, const std::string& fidelity) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  for (const std::string& assignment :
       {"training.parallelism.dense=" + std::to_string(tensor),
        "sweep.workers=[" + std::to_string(workers) + "]", "fidelity=" + fidelity,
        std::string(R"(noise={"compute_cv": 0, "device_cv": 0})")}) {
    document.set(assignment);
  }
  return with_known_time(read_scenario(document));
}

// A step of ring or pairs among k workers that hold n bytes: (k - 1) (a + n / k / B).
double textbook(int k, double n) { return (k - 1) * (2e-6 + n / k / 10e9); }

// One group, nothing to average: the inputs of both layers are gathered, the gradients of the
// second's are scattered, the outputs turn round twice.
TEST(SplitLayers, CostWhatTheTextbookSays) {
  for (const std::string fidelity : {"flow", "message"}) {
    for (const int k : {2, 4, 8}) {
      SCOPED_TRACE(fidelity + ", " + std::to_string(k));
      const Scenario scenario = tiny(k, k, fidelity);
      const JobPoint job(scenario, k);
      const PredictedPoint p = predict(scenario, {}).points.at(0);
      const double expected = textbook(k, 4.0 * k * 32 * 512) +
                              2 * textbook(k, 4.0 * k * 32 * 4096) +
                              2 * textbook(k, 4.0 * 32 * 1000);
      EXPECT_NEAR(p.breakdown[StepPhase::exposed_communication].value() / expected, 1, 0.03);
      EXPECT_NEAR(p.communication_total, p.breakdown[StepPhase::exposed_communication].value(),
                  1e-9);
      const TaskCosts costs = task_costs(job, calibrated_cost(job));
      double compute = 0;
      for (const TaskCost& c : costs.forward) compute += c.device.value();
      for (const TaskCost& c : costs.backward) compute += c.device.value();
      EXPECT_NEAR(p.breakdown[StepPhase::compute].value(), compute, 1e-9);
      EXPECT_NEAR(p.breakdown.sum().value(), p.step_time.p50, 1e-12);
      // After each of the five waits the host enqueues one or two kernels while the device idles.
      const double launch = scenario.device.launch_overhead.value();
      EXPECT_GT(p.breakdown[StepPhase::other].value(), 4.9 * launch);
      EXPECT_LT(p.breakdown[StepPhase::other].value(), 10.1 * launch);
    }
  }
}

// Four workers in groups of two. A worker sends half of what it exchanges, 4 bytes each:
//   gather 32 x 512 + 32 x 4096, scatter 32 x 4096, outputs 2 x 16 x 1000 = 310,528 numbers,
// and of the 3,099,124 parameters of its shard 2 x 1/2 in a ring of two.
TEST(SplitLayers, BytesOnTheLinks) {
  const PredictedPoint p = predict(tiny(2, 4, "flow"), {}).points.at(0);
  EXPECT_NEAR(p.busiest_link_utilization * p.step_time.p50, 4.0 * (310'528 + 3'099'124) / 10e9,
              1e-9);
  EXPECT_EQ(p.mean_hops, 2);
  EXPECT_EQ(p.memory[MemoryPart::weights].value(), 4.0 * 3'099'124);
  EXPECT_EQ(p.global_batch, 128);
  // The operations of a worker do not change.
  EXPECT_EQ(p.flops_per_device, predict(tiny(1, 4, "flow"), {}).points.at(0).flops_per_device);
}

TEST(SplitLayers, AreNamed) {
  const Prediction split = predict(tiny(2, 4, "flow"), {});
  const auto& list = split.provenance;
  const auto found = std::find_if(list.begin(), list.end(), [](const Provenance& p) {
    return p.quantity == "training.parallelism.dense";
  });
  ASSERT_NE(found, list.end());
  EXPECT_EQ(found->source,
            "split over groups of 2 from 4 workers on: dense_1, dense_2; the other layers are on "
            "every worker");
}

TEST(SplitLayers, FlowAndMessageAgree) {
  for (const std::string tensor : {"2", "4"}) {
    const auto at = [&](const std::string& fidelity) {
      return predict(
                 load_scenario(std::string(REHEARSE_SOURCE_DIR) + "/scenarios/vgg16_piz_daint.json",
                               {"sweep.workers=[8]", "fidelity=" + fidelity,
                                "training.parallelism.dense=" + tensor}),
                 {})
          .points;
    };
    const auto flow = at("flow");
    const auto message = at("message");
    for (std::size_t i = 0; i < flow.size(); ++i) {
      EXPECT_NEAR(message[i].step_time.p50 / flow[i].step_time.p50, 1, 0.03);
      EXPECT_NEAR(message[i].breakdown[StepPhase::exposed_communication].value(),
                  flow[i].breakdown[StepPhase::exposed_communication].value(),
                  0.03 * flow[i].step_time.p50);
    }
  }
}

}  // namespace
}  // namespace rehearse
