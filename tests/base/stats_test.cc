#include "base/stats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rehearse {
namespace {

TEST(Stats, QuantilesLieBetweenOrderStatistics) {
  const std::vector<double> samples{4, 1, 3, 2};
  EXPECT_EQ(quantile(samples, 0), 1);
  EXPECT_EQ(quantile(samples, 0.5), 2.5);
  EXPECT_EQ(quantile(samples, 1), 4);
}

// Four samples stand at 1/8, 3/8, 5/8 and 7/8, at the normal scores -1.150349, -0.318639, 0.318639
// and 1.150349. The quarter, -0.674490, is (1.150349 - 0.674490) / (1.150349 - 0.318639) = 0.572144
// of the way from the first to the second, in ln: 2^0.572144 = 1.486731.
TEST(Stats, StratifiedQuantileInterpolatesLogsOverNormalScores) {
  const std::vector<double> samples{8, 1, 4, 2};
  EXPECT_NEAR(stratified_quantile(samples, 0.25), 1.486731, 1e-5);
  EXPECT_NEAR(stratified_quantile(samples, 0.5), std::sqrt(8), 1e-12);
  EXPECT_EQ(stratified_quantile(samples, 0), 1);
  EXPECT_NEAR(stratified_quantile(samples, 0.875), 8, 1e-12);
  EXPECT_EQ(stratified_quantile(samples, 1), 8);
  EXPECT_EQ(stratified_quantile(std::vector<double>{3.0}, 0.9), 3);
}

TEST(Stats, ATimeThatAlternatesCountsWithItsMean) {
  EXPECT_DOUBLE_EQ(mean_without_stalls(std::vector<double>{1, 1, 1.5, 1.5, 1}), 1.2);
  EXPECT_EQ(mean_without_stalls(std::vector<double>{3}), 3);
}

// The median is 1: 100 counts as 2, (1 + 1 + 1 + 1 + 2) / 5.
TEST(Stats, AStallCountsAsTwiceTheMedian) {
  EXPECT_DOUBLE_EQ(mean_without_stalls(std::vector<double>{1, 100, 1, 1, 1}), 1.2);
}

}  // namespace
}  // namespace rehearse
