// Nodes that are slow for a whole run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/stats.h"
#include "sim/noise/noise.h"
#include "sim/noise/slowest_rank_noise.h"

namespace rehearse {
namespace {

NoiseOptions slow(double share, double factor) {
  NoiseOptions options;
  options.slow_share = share;
  options.slow_factor = factor;
  return options;
}

TEST(SlowNodes, AllOrNone) {
  const NoiseModel all(slow(1, 1.3), {0, 0, 1});
  const NoiseModel none(slow(0, 1.3), {0, 0, 1});
  const SlowestRankNoise folded(slow(1, 1.3), 3, 2);
  for (int step = 0; step < 60; ++step) {
    for (int rank = 0; rank < 3; ++rank) {
      EXPECT_EQ(all.compute(rank, step), 1.3);
      EXPECT_EQ(none.compute(rank, step), 1);
    }
    EXPECT_EQ(folded.compute(0, step), 1.3);
    EXPECT_DOUBLE_EQ(folded.mean_share(step), 1);
  }
}

TEST(SlowNodes, ShareOfNoneChangesNothing) {
  NoiseOptions options;
  options.compute_cv = 0.05;
  options.device_cv = 0.02;
  options.node_cv = 0.03;
  const NoiseModel before(options, {0, 0, 1, 1});
  const SlowestRankNoise folded(options, 4, 2);
  options.slow_factor = 2;
  const NoiseModel drawn(options, {0, 0, 1, 1});
  const SlowestRankNoise frontier(options, 4, 2);
  for (int step = 0; step < 60; ++step) {
    EXPECT_EQ(drawn.compute(3, step), before.compute(3, step));
    EXPECT_EQ(frontier.compute(0, step), folded.compute(0, step));
    EXPECT_EQ(frontier.mean_share(step), folded.mean_share(step));
  }
}

// Four nodes of two devices: of 1,000 runs somebody is slow in 1 - 0.75^4 = 68.4 %, the first node
// in 25 % (of 1,000 draws within 4 %), and the mean device takes 1 + 0.25 * 0.3 times as long.
TEST(SlowNodes, EachIsSlowWithTheProbabilityOfTheShare) {
  NoiseOptions options = slow(0.25, 1.3);
  options.runs = 1000;
  options.steps_per_run = 2;
  const NoiseModel noise(options, {0, 0, 1, 1, 2, 2, 3, 3});
  const SlowestRankNoise folded(options, 8, 4);
  double somebody = 0, first = 0, frontier = 0, average = 0;
  std::vector<double> all;
  for (int run = 0; run < 1000; ++run) {
    const int step = 2 * run;
    double longest = 0;
    for (int rank = 0; rank < 8; ++rank) {
      const double time = noise.compute(rank, step);
      EXPECT_EQ(time, noise.compute(rank, step + 1));
      EXPECT_EQ(time, noise.compute(rank ^ 1, step));
      longest = std::max(longest, time);
      all.push_back(time);
    }
    somebody += longest > 1 ? 0.001 : 0;
    first += noise.compute(0, step) > 1 ? 0.001 : 0;
    frontier += folded.compute(0, step) > 1 ? 0.001 : 0;
    average += 0.001 * folded.compute(0, step) * folded.mean_share(step);
    EXPECT_EQ(folded.compute(0, step), longest);
  }
  EXPECT_NEAR(somebody, 1 - std::pow(0.75, 4), 0.001);
  EXPECT_NEAR(frontier, 1 - std::pow(0.75, 4), 0.001);
  EXPECT_NEAR(first, 0.25, 0.04);
  EXPECT_NEAR(mean(all), 1.075, 0.001);
  EXPECT_NEAR(average, 1.075, 0.001);
}

TEST(LargestOfMixture, HasItsLimits) {
  for (const double score : {-1.5, 0.0, 1.5}) {
    // No excess: all groups are alike.
    EXPECT_NEAR(largest_of_mixture(score, 40, 4, 0, 2, 8, 3), largest_of_groups(score, 44, 2, 8, 3),
                1e-5);
    // A large one: only the slow ones count.
    EXPECT_NEAR(largest_of_mixture(score, 40, 4, 50, 2, 8, 3),
                50 + largest_of_groups(score, 4, 2, 8, 3), 1e-4);
    EXPECT_EQ(largest_of_mixture(score, 40, 4, 0.5, 0, 8, 0), 0.5);
  }
  // Two values, one larger by 1: P(both <= t) = Phi(t) Phi(t - 1) is 1/2 at t = 1.1595, where Phi
  // is 0.8769 and 0.5634, product 0.4940; at 1.18 0.8810 * 0.5714 = 0.5034.
  const double t = largest_of_mixture(0, 1, 1, 1, 0, 1, 1);
  EXPECT_GT(t, 1.1595);
  EXPECT_LT(t, 1.18);
}

// The same as the mean over many draws of all ranks, with all kinds of noise at once.
TEST(SlowNodes, OneRankStandsForAll) {
  for (const int nodes : {2, 32}) {
    NoiseOptions options = slow(0.05, 1.2);
    options.runs = 100;
    options.compute_cv = 0.02;
    options.device_cv = 0.02;
    options.node_cv = 0.02;
    options.stall_rate = 0.05;
    options.stall_length = 0.3;
    options.step_work = 0.2;
    std::vector<std::int64_t> node_of_rank;
    for (int rank = 0; rank < 4 * nodes; ++rank) node_of_rank.push_back(rank / 4);
    const NoiseModel drawn(options, node_of_rank);
    const SlowestRankNoise folded(options, 4 * nodes, nodes);
    std::vector<double> slowest, all, frontier, averages;
    for (int step = 0; step < options.steps(); ++step) {
      double longest = 0;
      for (int rank = 0; rank < 4 * nodes; ++rank) {
        all.push_back(drawn.compute(rank, step));
        longest = std::max(longest, all.back());
      }
      slowest.push_back(longest);
      frontier.push_back(folded.compute(0, step));
      averages.push_back(frontier.back() * folded.mean_share(step));
      EXPECT_LE(folded.mean_share(step), 1);
    }
    SCOPED_TRACE(nodes);
    EXPECT_NEAR(mean(frontier), mean(slowest), 0.02 * mean(slowest));
    EXPECT_NEAR(mean(averages), mean(all), 0.01);
  }
}

}  // namespace
}  // namespace rehearse
