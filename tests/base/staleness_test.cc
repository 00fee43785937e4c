#include "base/staleness.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(Staleness, OfNoUpdatesIsNothing) { EXPECT_FALSE(summary_of({})); }

// 0 once, 2 six times, 3 twice, 7 once: mean (12 + 6 + 7) / 10 = 2.5. The fifth is 2, the ninth 3.
TEST(Staleness, IsSummarised) {
  const StalenessCounts counts{{0, 1}, {2, 6}, {3, 2}, {7, 1}};
  const auto summary = summary_of(counts);
  ASSERT_TRUE(summary);
  EXPECT_DOUBLE_EQ(summary->mean, 2.5);
  EXPECT_EQ(summary->p50, 2);
  EXPECT_EQ(summary->p90, 3);
  EXPECT_EQ(summary->max, 7);
  EXPECT_EQ(staleness_quantile(counts, 0.1), 0);
  EXPECT_EQ(staleness_quantile(counts, 0.91), 7);
  EXPECT_EQ(staleness_quantile(counts, 1), 7);
}

}  // namespace
}  // namespace rehearse
