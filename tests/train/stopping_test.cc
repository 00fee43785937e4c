#include "train/stopping.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rehearse {
namespace {

// How often each of the values has ended the patience.
std::string fires(const Patience& options, const std::vector<double>& values) {
  Stagnation stagnation(options);
  std::string text;
  for (const double value : values) text += stagnation.hear(value) ? '!' : '.';
  return text;
}

TEST(Stagnation, CountsEvaluationsThatAreNoBetter) {
  const Patience three{.metric = Metric::loss, .patience = 3};
  EXPECT_EQ(fires(three, {2, 1.5, 1.5, 1.6, 1.4, 1.4, 1.5, 1.4}), ".......!");
  // It counts anew afterwards, from the best of all.
  EXPECT_EQ(fires({.metric = Metric::loss, .patience = 2}, {1, 2, 1.5, 1.4, 1.3, 0.9, 1}),
            "..!.!..");
  EXPECT_EQ(fires({.metric = Metric::loss, .patience = 1}, {1, 1, 0.5, 0.5}), ".!.!");
}

TEST(Stagnation, AccuracyRises) {
  EXPECT_EQ(fires({.metric = Metric::test_accuracy, .patience = 2}, {0.1, 0.3, 0.2, 0.3, 0.4}),
            "...!.");
}

TEST(Stagnation, OnlyWhatIsMuchBetterCounts) {
  // 0.95 and 0.91 are less than 0.1 below 1; 0.89 is more, and then 0.80 is not.
  EXPECT_EQ(fires({.metric = Metric::loss, .patience = 3, .min_delta = 0.1},
                  {1, 0.95, 0.91, 0.89, 0.80, 0.80, 0.80}),
            "......!");
}

TEST(Stagnation, NotANumberIsNeverBetter) {
  EXPECT_EQ(fires({.metric = Metric::loss, .patience = 2}, {NAN, NAN, 1, NAN, 0.5}), ".!...");
}

RunEvaluation with(double loss, double test_accuracy) {
  RunEvaluation evaluation;
  evaluation.loss = loss;
  evaluation.test_loss = 2 * loss;
  evaluation.test_accuracy = test_accuracy;
  return evaluation;
}

TEST(Stopping, KnowsWhatItIsToldOf) {
  Stopping nothing({});
  const Verdict verdict = nothing.judge(with(1, 0.5));
  EXPECT_FALSE(verdict.end);
  EXPECT_FALSE(verdict.lower_rate);
}

TEST(Stopping, TheTargetComesFirst) {
  StoppingOptions options;
  options.early_stopping = Patience{.metric = Metric::loss, .patience = 1};
  options.stop_at = MetricTarget{Metric::test_accuracy, 0.9};
  Stopping stopping(options);
  EXPECT_FALSE(stopping.judge(with(1, 0.5)).end);
  EXPECT_EQ(stopping.judge(with(1, 0.9)).end, EndedBy::stop_at);
  EXPECT_EQ(stopping.judge(with(1, 0.8)).end, EndedBy::early_stopping);
}

TEST(Stopping, APlateauLowersTheRateAndEndsNothing) {
  StoppingOptions options;
  options.plateau = PlateauOptions{.watch = {.metric = Metric::test_loss, .patience = 2}};
  options.stop_at = MetricTarget{Metric::loss, 0.2};
  Stopping stopping(options);
  EXPECT_FALSE(stopping.judge(with(1, 0)).lower_rate);
  EXPECT_FALSE(stopping.judge(with(1, 0)).lower_rate);
  const Verdict second = stopping.judge(with(1, 0));
  EXPECT_TRUE(second.lower_rate);
  EXPECT_FALSE(second.end);
  EXPECT_EQ(stopping.judge(with(0.2, 0)).end, EndedBy::stop_at);
}

}  // namespace
}  // namespace rehearse
