#include "runtime/optimizers/learning_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace rehearse {
namespace {

using Scaling = LearningRateOptions::Scaling;

TEST(LearningRate, ScalesWithTheWorkers) {
  EXPECT_DOUBLE_EQ(LearningRate({.lr = 0.1}, 16, 5).at(0), 0.1);
  EXPECT_DOUBLE_EQ(LearningRate({.lr = 0.1, .scaling = Scaling::linear}, 16, 5).at(0), 1.6);
  EXPECT_DOUBLE_EQ(LearningRate({.lr = 0.1, .scaling = Scaling::sqrt}, 16, 5).at(7), 0.4);
}

TEST(LearningRate, WarmsUpAsHorovodDoes) {
  // lr (e (k - 1) / warmup + 1) with e = (step + 1) / 4, k = 8, warmup = 2, lr = 0.1:
  // step 0: e = 0.25: 0.1 (0.25 * 7 / 2 + 1) = 0.1875; step 3: e = 1: 0.45; step 7: e = 2: 0.8.
  const LearningRate rate({.lr = 0.1, .scaling = Scaling::linear, .warmup_epochs = 2}, 8, 4);
  EXPECT_DOUBLE_EQ(rate.at(0), 0.1875);
  EXPECT_DOUBLE_EQ(rate.at(1), 0.275);
  EXPECT_DOUBLE_EQ(rate.at(3), 0.45);
  EXPECT_DOUBLE_EQ(rate.at(6), 0.7125);
  EXPECT_DOUBLE_EQ(rate.at(7), 0.8);
  EXPECT_DOUBLE_EQ(rate.at(8), 0.8);
  EXPECT_DOUBLE_EQ(rate.at(1000000), 0.8);
}

TEST(LearningRate, WarmUpOfAFractionOfAnEpoch) {
  // Half an epoch of 4 steps = 2 steps: the first in the middle between 1 and 3, then 3.
  const LearningRate rate({.lr = 1, .scaling = Scaling::linear, .warmup_epochs = 0.5}, 3, 4);
  EXPECT_DOUBLE_EQ(rate.at(0), 2);
  EXPECT_DOUBLE_EQ(rate.at(1), 3);
}

TEST(LearningRate, DecaysFromTheStartOfAnEpochOn) {
  const LearningRate rate({.lr = 1, .decay_epochs = {2, 3.5}, .decay = 0.1}, 1, 10);
  EXPECT_DOUBLE_EQ(rate.at(19), 1);
  EXPECT_DOUBLE_EQ(rate.at(20), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(34), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(35), 0.1 * 0.1);
}

TEST(LearningRate, CorrectsMomentumWhereItChanges) {
  const LearningRate rate(
      {.lr = 1, .scaling = Scaling::linear, .warmup_epochs = 1, .decay_epochs = {2}, .decay = 0.5},
      5, 4);
  // Rates: 2, 3, 4, 5, then 5, from step 8 on 2.5.
  EXPECT_DOUBLE_EQ(rate.momentum_correction(0), 1);
  EXPECT_DOUBLE_EQ(rate.momentum_correction(1), 1.5);
  EXPECT_DOUBLE_EQ(rate.momentum_correction(3), 1.25);
  EXPECT_DOUBLE_EQ(rate.momentum_correction(4), 1);
  EXPECT_DOUBLE_EQ(rate.momentum_correction(8), 0.5);
  EXPECT_DOUBLE_EQ(rate.momentum_correction(9), 1);
}

TEST(LearningRate, IsLoweredWhileItGoesOn) {
  LearningRate rate({.lr = 0.8, .decay_epochs = {2}, .decay = 0.5}, 1, 10);
  rate.lower_from(5, 0.1, 0.05);
  rate.lower_from(12, 0.1, 0.05);
  EXPECT_DOUBLE_EQ(rate.at(4), 0.8);
  EXPECT_DOUBLE_EQ(rate.at(5), 0.08);
  EXPECT_DOUBLE_EQ(rate.momentum_correction(5), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(12), 0.05);  // not 0.008
  EXPECT_DOUBLE_EQ(rate.at(20), 0.05);
  // What is below the least already is not raised to it.
  LearningRate small({.lr = 0.01}, 1, 10);
  small.lower_from(0, 0.1, 0.05);
  EXPECT_DOUBLE_EQ(small.at(0), 0.01);
}

TEST(LearningRate, RefusesNumbersOutOfRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(LearningRate({.lr = 0}, 1, 1), Error);
  EXPECT_THROW(LearningRate({.lr = nan}, 1, 1), Error);
  EXPECT_THROW(LearningRate({.lr = HUGE_VAL}, 1, 1), Error);
  EXPECT_THROW(LearningRate({.warmup_epochs = -1}, 1, 1), Error);
  EXPECT_THROW(LearningRate({.decay_epochs = {1, -1}}, 1, 1), Error);
  EXPECT_THROW(LearningRate({.decay_epochs = {1}, .decay = 0}, 1, 1), Error);
}

}  // namespace
}  // namespace rehearse
