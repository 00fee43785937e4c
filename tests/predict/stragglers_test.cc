// Slow nodes and stalls in a prediction, in every fidelity.
#include <gtest/gtest.h>

#include <string>

#include "predict/predict.h"
#include "sim/noise/stalls.h"
#include "tests/predict/known_device.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// Four workers and one, nothing overlaps.
Prediction predicted(const std::string& noise, const std::string& fidelity) {
  JsonDocument scenario = JsonDocument::parse_text(tiny_scenario(), "s.json");
  scenario.set("training.allreduce.batching=buckets");
  scenario.set("training.allreduce.fusion=25 MiB");
  scenario.set("training.allreduce.overlap=false");
  scenario.set("sweep.workers=[1, 4]");
  scenario.set("noise=" + noise);
  scenario.set("fidelity=" + fidelity);
  return predict(with_known_time(read_scenario(scenario)), {});
}

const std::string kQuiet = R"({"compute_cv": 0, "device_cv": 0})";

class Stragglers : public ::testing::TestWithParam<std::string> {};

TEST_P(Stragglers, WhereAllNodesAreSlowNobodyWaits) {
  const Prediction quiet = predicted(kQuiet, GetParam());
  const Prediction slow =
      predicted(R"({"compute_cv": 0, "device_cv": 0, "slow_nodes": {"share": 1, "factor": 1.3}})",
                GetParam());
  for (const std::size_t i : {0, 1}) {
    const Breakdown& before = quiet.points[i].breakdown;
    const Breakdown& after = slow.points[i].breakdown;
    EXPECT_NEAR(after[StepPhase::compute].value(), 1.3 * before[StepPhase::compute].value(), 1e-9);
    // 7 us of it are the host's, who launches the update.
    EXPECT_NEAR(after[StepPhase::optimizer].value() - 7e-6,
                1.3 * (before[StepPhase::optimizer].value() - 7e-6), 1e-9);
    EXPECT_NEAR(after[StepPhase::straggler_wait].value(), before[StepPhase::straggler_wait].value(),
                1e-9);
  }
}

// One node in five is slow: of four none in 0.8^4 = 41 % of the runs, one in as many, two in
// 15 %.
TEST_P(Stragglers, TheOthersWaitForASlowNode) {
  const Prediction quiet = predicted(kQuiet, GetParam());
  const Prediction slow =
      predicted(R"({"compute_cv": 0, "device_cv": 0, "slow_nodes": {"share": 0.2, "factor": 1.3}})",
                GetParam());
  const Breakdown& before = quiet.points[1].breakdown;
  const Breakdown& after = slow.points[1].breakdown;
  const double work = before[StepPhase::compute].value() + before[StepPhase::optimizer].value();
  EXPECT_NEAR(slow.points[1].step_time.p50, quiet.points[1].step_time.p50 + 0.3 * work,
              0.01 * work);
  EXPECT_NEAR(slow.points[1].step_time.p10, quiet.points[1].step_time.p10, 0.01 * work);
  // One or two of the four compute for 1.3 times as long, the rest of the four waits.
  const double computes =
      (after[StepPhase::compute].value() + after[StepPhase::optimizer].value()) / work;
  EXPECT_GT(computes, 1 + 0.3 * 1 / 4 - 0.01);
  EXPECT_LT(computes, 1 + 0.3 * 2 / 4 + 0.01);
  EXPECT_NEAR(after[StepPhase::straggler_wait].value() - before[StepPhase::straggler_wait].value(),
              (1.3 - computes) * work, 0.02 * work);
}

// Ten stalls of 10 ms per second of computing: one worker takes 10 % longer in every run, however
// few of its 0.93 ms steps hold a stall; four wait for the largest of theirs.
TEST_P(Stragglers, StallsCountWithTheirExpectation) {
  const Prediction quiet = predicted(kQuiet, GetParam());
  const Prediction stalls = predicted(
      R"({"compute_cv": 0, "device_cv": 0, "stalls": {"rate": 36000, "length": "10 ms"}})",
      GetParam());
  const Breakdown& alone = quiet.points[0].breakdown;
  const double work = alone[StepPhase::compute].value() + alone[StepPhase::optimizer].value();
  const Quantiles& one = stalls.points[0].step_time;
  EXPECT_NEAR(one.p10, quiet.points[0].step_time.p10 + 0.1 * work, 1e-3 * work);
  EXPECT_NEAR(one.p90, quiet.points[0].step_time.p90 + 0.1 * work, 1e-3 * work);
  const double largest = LargestStall(10 * work, 10e-3, 4).mean();
  EXPECT_NEAR(stalls.points[1].step_time.p50, quiet.points[1].step_time.p50 + largest, 0.02 * work);
  EXPECT_GT(stalls.points[1].breakdown[StepPhase::straggler_wait].value(), 0.6 * largest);
}

INSTANTIATE_TEST_SUITE_P(Fidelities, Stragglers, ::testing::Values("analytic", "flow", "message"),
                         [](const auto& fidelity) { return fidelity.param; });

}  // namespace
}  // namespace rehearse
