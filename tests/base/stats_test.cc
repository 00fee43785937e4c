#include "base/stats.h"

#include <gtest/gtest.h>

#include <vector>

namespace rehearse {
namespace {

TEST(Stats, QuantilesLieBetweenOrderStatistics) {
  const std::vector<double> samples{4, 1, 3, 2};
  EXPECT_EQ(quantile(samples, 0), 1);
  EXPECT_EQ(quantile(samples, 0.5), 2.5);
  EXPECT_EQ(quantile(samples, 1), 4);
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
