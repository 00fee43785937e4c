// Stalls of devices: what they add to a step, however rare they are.
#include "sim/noise/stalls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/stats.h"
#include "sim/noise/noise.h"
#include "sim/noise/slowest_rank_noise.h"

namespace rehearse {
namespace {

TEST(StallsExceed, IsTheTailOfACompoundPoissonSum) {
  // None with probability exp(-0.5).
  EXPECT_NEAR(stalls_exceed(0, 0.5), 1 - std::exp(-0.5), 1e-12);
  // Rare: one stall of 0.001 expected, longer than 2 means with probability exp(-2).
  EXPECT_NEAR(stalls_exceed(2, 0.001), 0.001 * std::exp(-2), 1e-6);
  // M < N of two Poisson numbers of mean 1: (1 - P(M = N)) / 2, P(M = N) = exp(-2) I0(2) =
  // 0.135335 * 2.279585 = 0.308508.
  EXPECT_NEAR(stalls_exceed(1, 1), 0.345746, 1e-6);
  EXPECT_EQ(stalls_exceed(1, 0), 0);
}

TEST(LargestStall, OfOneDeviceIsItsOwn) {
  // 0.03 stalls of 2 s are expected.
  EXPECT_NEAR(LargestStall(0.03, 2, 1).mean(), 0.06, 1e-5);
  EXPECT_NEAR(LargestStall(40, 2, 1).mean(), 80, 0.01);
}

TEST(LargestStall, OfManyDevicesIsThatOfAnyWhereStallsAreRare) {
  // 1000 devices, 1e-6 stalls of 2 s each: 0.001 * 2 s, two at once are rarer by 0.001.
  EXPECT_NEAR(LargestStall(1e-6, 2, 1000).mean(), 0.002, 2e-6);
}

TEST(LargestStall, ItsPartsHaveItsMean) {
  const LargestStall rare(0.001, 2, 50);  // in 4.9 % of the steps somebody stalls
  const std::vector<double> parts = rare.parts(6);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(parts[static_cast<std::size_t>(i)], 0);
  EXPECT_NEAR(parts[5], 6 * rare.mean(), 1e-12);
  const LargestStall often(0.5, 2, 50);
  const std::vector<double> all = often.parts(6);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_NEAR(mean(all), often.mean(), 1e-12);
}

// Passes of 0.1 s and half a stall of 0.2 s per second of them.
NoiseOptions stalling() {
  NoiseOptions options;
  options.stall_rate = 0.5;
  options.stall_length = 0.2;
  options.step_work = 0.1;
  return options;
}

TEST(Stalls, OneDeviceTakesTheirMeanLongerInEveryRun) {
  const NoiseModel noise(stalling(), {0});
  const SlowestRankNoise folded(stalling(), 1, 1);
  for (int run = 0; run < 10; ++run) {
    double drawn = 0, frontier = 0;
    for (int step = 6 * run; step < 6 * (run + 1); ++step) {
      drawn += noise.compute(0, step) / 6;
      frontier += folded.compute(0, step) / 6;
      EXPECT_DOUBLE_EQ(folded.mean_share(step), 1);
    }
    // 0.5 / s * 0.2 s = 10 %.
    EXPECT_NEAR(drawn, 1.1, 1e-4);
    EXPECT_NEAR(frontier, 1.1, 1e-4);
  }
}

TEST(Stalls, EveryRunHoldsTheExpectationOfTheLargest) {
  const NoiseOptions options = stalling();
  const NoiseModel noise(options, {0, 0, 0, 0, 1, 1, 1, 1});
  const SlowestRankNoise folded(options, 8, 2);
  // 0.05 stalls of a device and step: at least one of eight in 1 - exp(-0.4) = 33 % of the steps.
  const double expected = LargestStall(0.05, 0.2, 8).mean() / 0.1;
  std::vector<double> all, averages;
  for (int run = 0; run < 10; ++run) {
    double drawn = 0, frontier = 0;
    for (int step = 6 * run; step < 6 * (run + 1); ++step) {
      double longest = 0;
      for (int rank = 0; rank < 8; ++rank) {
        all.push_back(noise.compute(rank, step));
        longest = std::max(longest, all.back());
      }
      drawn += longest / 6;
      frontier += folded.compute(0, step) / 6;
      averages.push_back(folded.compute(0, step) * folded.mean_share(step));
    }
    EXPECT_NEAR(drawn, 1 + expected, 1e-9);
    EXPECT_NEAR(frontier, 1 + expected, 1e-9);
  }
  // The mean device takes 10 % longer: exactly where one rank stands for all, else by chance (480
  // draws of deviation 0.2 / 0.1 * sqrt(2 * 0.05) = 0.63: 0.03).
  EXPECT_NEAR(mean(averages), 1.1, 1e-4);
  EXPECT_NEAR(mean(all), 1.1, 0.06);
}

TEST(Stalls, OfNoLengthOrRateChangeNothing) {
  NoiseOptions options;
  options.compute_cv = 0.05;
  const NoiseModel before(options, {0, 1});
  options.stall_rate = 1;
  const NoiseModel no_length(options, {0, 1});
  options.stall_rate = 0;
  options.stall_length = 1;
  const NoiseModel no_rate(options, {0, 1});
  for (int step = 0; step < 60; ++step) {
    EXPECT_EQ(no_length.compute(1, step), before.compute(1, step));
    EXPECT_EQ(no_rate.compute(1, step), before.compute(1, step));
  }
}

}  // namespace
}  // namespace rehearse
