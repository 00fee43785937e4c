// How far chance takes one run from the mean of its failures.
#include "predict/faulty_run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "predict/job_goodput.h"
#include "predict/plan.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

// A failure every 10,000 s, checkpoints for nothing every 1,000 s: e^0.1 - 1 = 0.105170918, and
// 19,016.66 s of training fail 19.01666 x 0.105170918 = 2 times in the mean.
const FaultyRun kTwice{.failures = {.rate = 1e-4}, .interval = 1000};
constexpr double kTraining = 19016.66;

TEST(FaultyRun, CountsFailuresByPoissonsLaw) {
  // e^-2 = 0.1353 for none: p10 is 0. Up to 1, 2, 3 and 4 failures: 0.4060, 0.6767, 0.8571, 0.9473:
  // p50 is 2 and p90 is 4.
  const Quantiles count = failures_of(kTwice, kTraining);
  EXPECT_EQ(count.p10, 0);
  EXPECT_EQ(count.p50, 2);
  EXPECT_EQ(count.p90, 4);
  // A tenth of it: 0.2 in the mean, e^-0.2 = 0.8187 for none, 0.9825 up to one.
  EXPECT_EQ(failures_of(kTwice, kTraining / 10).p50, 0);
  EXPECT_EQ(failures_of(kTwice, kTraining / 10).p90, 1);
}

TEST(FaultyRun, EachFailureCostsTheMean) {
  // 10,000 - 1,000 / 0.105170918 = 491.668 s: nearly half of what is between two checkpoints.
  const Quantiles time = time_of(kTwice, kTraining);
  EXPECT_NEAR(time.p10, 19016.66, 0.01);
  EXPECT_NEAR(time.p50, 19016.66 + 2 * 491.668, 0.01);
  EXPECT_NEAR(time.p90, 19016.66 + 4 * 491.668, 0.01);
  // 19016.66 / 20983.33 = 0.90627, 19016.66 / 19999.99 = 0.95083.
  const Quantiles share = goodput_of(kTwice, kTraining);
  EXPECT_NEAR(share.p10, 0.90627, 1e-5);
  EXPECT_NEAR(share.p50, 0.95083, 1e-5);
  EXPECT_NEAR(share.p90, 1, 1e-9);
}

// The middle of a long run is the mean, with restarts, the queue and checkpoints: 10^5 failures
// spread by sqrt(10^5) = 316, 1.2816 x 0.316 % to either side.
TEST(FaultyRun, LongRunsComeToTheMean) {
  const FaultyRun run{.failures = {.rate = 1e-4, .restart = 300, .queue = 60, .cost = 40},
                      .interval = 2000};
  const double mean = 1 / goodput(run.failures, run.interval);
  const double each = std::exp(0.03) * std::expm1(0.204);  // failures for 2,000 s of training
  const double training = 2000 * 1e5 / each;
  const Quantiles time = time_of(run, training);
  EXPECT_NEAR(time.p50 / training / mean, 1, 1e-5);
  const double lost = time.p50 - training * (1 + 40.0 / 2000);
  EXPECT_NEAR((time.p90 - time.p50) / lost, 1.2816 * 0.00316, 2e-5);
  EXPECT_NEAR((time.p50 - time.p10) / lost, 1.2816 * 0.00316, 2e-5);
}

// Many failures of which each costs little: what is lost is in proportion to the rate, e^(1.2816 x
// 0.72) = 2.516 times the median at p90.
TEST(FaultyRun, RatesOfPublishedClustersDiffer) {
  const FaultyRun run{.failures = {.rate = 1e-7}, .interval = 1000, .rate_spread = 0.72};
  constexpr double kLong = 1e14;  // 10^7 failures
  const Quantiles time = time_of(run, kLong);
  EXPECT_NEAR((time.p90 - kLong) / (time.p50 - kLong), 2.516, 0.005);
  EXPECT_NEAR((time.p50 - kLong) / (time.p10 - kLong), 2.516, 0.005);
}

TEST(FaultyRun, WithoutFailuresOnlyCheckpointsCost) {
  const FaultyRun run{.failures = {.cost = 60}, .interval = 540};
  const Quantiles time = time_of(run, 900);
  EXPECT_NEAR(time.p10, 1000, 1e-6);
  EXPECT_NEAR(time.p90, 1000, 1e-6);
  EXPECT_EQ(failures_of(run, 900).p90, 0);
  EXPECT_NEAR(goodput_of({.interval = INFINITY, .worker_down = 0.25}, 900).p50, 0.8, 1e-9);
}

// Both causes at once: ln of the sides add up as squares. Training is 10 % slower at p90, the run
// ln(20983.33 / 19999.99) = 0.047996 more: sqrt(0.09531^2 + 0.047996^2) = 0.106713.
TEST(FaultyRun, SlowStepsComeOnTop) {
  const Quantiles time = time_of(kTwice, Quantiles{kTraining, kTraining, 1.1 * kTraining});
  EXPECT_NEAR(time.p50, 19999.99, 0.01);
  EXPECT_NEAR(time.p90, 19999.99 * std::exp(0.106713), 0.05);
  EXPECT_NEAR(time.p10, 19016.66, 0.01);
}

Scenario with_faults(const std::string& faults) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "tiny.json");
  document.set("faults=" + faults);
  return read_scenario(document);
}

TEST(FaultyRun, OnlyPublishedRatesAreUncertain) {
  EXPECT_EQ(with_faults(R"({"restart": "5 min"})").faults->rate_spread, 0.72);
  EXPECT_EQ(with_faults(R"({"node_mtbf": "100 d"})").faults->rate_spread, 0);
}

// 10 steps of 1,901.666 s on 10 nodes are kTraining: 20,983.33 s at p90, 58.287 node-hours.
TEST(FaultyRun, PlansCountFailures) {
  Prediction prediction;
  PredictedPoint& point = prediction.points.emplace_back();
  point.workers = point.nodes = point.global_batch = 10;
  point.step_time = {1901.666, 1901.666, 1901.666};
  point.faults = kTwice;
  PlanOptions options;
  options.samples = 100;
  const PlannedPoint planned = plan(prediction, options).points.front();
  EXPECT_NEAR(planned.time_s.p90, 20983.33, 0.01);
  EXPECT_NEAR(planned.node_hours.p90, 58.287, 1e-3);
  ASSERT_TRUE(planned.failures && planned.goodput);
  EXPECT_EQ(planned.failures->p90, 4);
  EXPECT_NEAR(planned.goodput->p10, 0.90627, 1e-5);
}

}  // namespace
}  // namespace rehearse
