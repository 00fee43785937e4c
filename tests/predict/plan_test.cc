#include "predict/plan.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

// 10 workers: batch 100, step 1 / 1.1 / 1.25 s. 20 workers: batch 200, step 1.4 / 1.5 / 1.6 s.
Prediction two_points() {
  Prediction prediction;
  prediction.points.resize(2);
  PredictedPoint& small = prediction.points[0];
  small.workers = small.nodes = 10;
  small.global_batch = 100;
  small.step_time = {1.0, 1.1, 1.25};
  small.efficiency = 1;
  PredictedPoint& large = prediction.points[1];
  large.workers = large.nodes = 20;
  large.global_batch = 200;
  large.step_time = {1.4, 1.5, 1.6};
  large.efficiency = 0.733;
  return prediction;
}

// 3,610 samples in all.
PlanOptions within(std::optional<double> deadline_s, std::optional<double> node_hours) {
  PlanOptions options;
  options.deadline_s = deadline_s;
  options.budget_node_hours = node_hours;
  options.samples = 3610;
  return options;
}

constexpr std::nullopt_t kAny = std::nullopt;

TEST(Plan, PricesEveryPoint) {
  // 3,610 samples: ⌈36.1⌉ = 37 and ⌈18.05⌉ = 19 steps. 37 * 1.1 = 40.7 s on 10 nodes are
  // 407 / 3600 node-hours; 19 * 1.5 = 28.5 s on 20 nodes are 570 / 3600.
  const Plan result = plan(two_points(), within(kAny, kAny));
  ASSERT_EQ(result.points.size(), 2u);
  EXPECT_EQ(result.points[0].steps, 37);
  EXPECT_EQ(result.points[1].steps, 19);
  EXPECT_DOUBLE_EQ(result.points[0].time_s.p10, 37);
  EXPECT_DOUBLE_EQ(result.points[0].time_s.p50, 40.7);
  EXPECT_DOUBLE_EQ(result.points[0].time_s.p90, 46.25);
  EXPECT_DOUBLE_EQ(result.points[0].node_hours.p50, 407.0 / 3600);
  EXPECT_DOUBLE_EQ(result.points[1].node_hours.p50, 570.0 / 3600);
  EXPECT_DOUBLE_EQ(result.points[1].node_hours.p90, 19 * 1.6 * 20 / 3600);
}

TEST(Plan, EveryEpochEndsWithABatchOfItsOwn) {
  // ⌈3,610 / 100⌉ = 37 and ⌈3,610 / 200⌉ = 19 steps, three times.
  PlanOptions options = within(kAny, kAny);
  options.epochs = 3;
  const Plan result = plan(two_points(), options);
  EXPECT_EQ(result.points[0].steps, 111);
  EXPECT_EQ(result.points[1].steps, 57);
  options.samples = 900'000'000'000'000'000;
  options.epochs = 1;
  EXPECT_EQ(plan(two_points(), options).points[0].steps, 9'000'000'000'000'000);
}

TEST(Plan, TokensAreSequencesOfSteps) {
  // 1,000 tokens of sequences of 8 are 125 samples: ⌈1,000 / (100 * 8)⌉ = 2 steps, and 1 of 200
  // samples. 1,600 tokens are 2 and 1 whole steps, one more is one step more.
  Prediction prediction = two_points();
  for (PredictedPoint& p : prediction.points) p.tokens_per_sample = 8;
  PlanOptions options;
  const auto steps = [&](std::int64_t tokens, std::size_t point) {
    options.tokens = tokens;
    return plan(prediction, options).points[point].steps;
  };
  EXPECT_EQ(steps(1000, 0), 2);
  EXPECT_EQ(steps(1000, 1), 1);
  EXPECT_EQ(steps(1600, 0), 2);
  EXPECT_EQ(steps(1601, 0), 3);
  EXPECT_EQ(steps(1600, 1), 1);
  EXPECT_EQ(steps(1601, 1), 2);
}

TEST(Plan, RecommendsTheFastestWithoutADeadline) {
  EXPECT_EQ(plan(two_points(), within(kAny, kAny)).recommended, 1u);
}

TEST(Plan, RecommendsTheCheapestUnderADeadline) {
  EXPECT_EQ(plan(two_points(), within(60, kAny)).recommended, 0u);
}

TEST(Plan, HoldsADeadlineByTheSlowEnd) {
  // The median of 10 workers, 40.7 s, is within 45 s; the p90, 46.25 s, is not.
  const Plan result = plan(two_points(), within(45, kAny));
  EXPECT_FALSE(result.points[0].meets_deadline);
  EXPECT_TRUE(result.points[1].meets_deadline);
  EXPECT_EQ(result.recommended, 1u);
}

TEST(Plan, HoldsABudgetByTheDearEnd) {
  // 46.25 s on 10 nodes are 462.5 / 3600 = 0.1285 node-hours at p90; 20 nodes take 0.1689.
  const Plan result = plan(two_points(), within(kAny, 0.13));
  EXPECT_TRUE(result.points[0].meets_budget);
  EXPECT_FALSE(result.points[1].meets_budget);
  EXPECT_EQ(result.recommended, 0u);
}

TEST(Plan, RecommendsNothingThatDoesNotFit) {
  Prediction prediction = two_points();
  prediction.points[1].fits = false;
  EXPECT_EQ(plan(prediction, within(kAny, kAny)).recommended, 0u);
}

TEST(Plan, SaysWhyNothingHolds) {
  const Plan result = plan(two_points(), within(35, 0.13));
  EXPECT_FALSE(result.recommended.has_value());
  EXPECT_NE(result.why.find("1 miss the deadline, 1 exceed the budget"), std::string::npos)
      << result.why;
}

}  // namespace
}  // namespace rehearse
