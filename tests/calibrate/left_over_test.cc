#include "calibrate/fits/left_over.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

constexpr LeftOver kLeftOver{.at_one_worker = 0.01,
                             .per_doubling_of_workers = 0.02,
                             .per_doubling_of_batch = 0.1,
                             .batch = 64};

// 0.01^2 + 0.02^2 · log2(workers): 0.0001 at 1, 0.0001 + 0.0004 · 3 = 0.0013 at 8. Runs on 8 and
// 512 share what the one on 8 has seen.
TEST(LeftOver, GrowsWithTheDoublingsOfTheWorkers) {
  EXPECT_NEAR(kLeftOver.covariance({1, 64}, {1, 64}), 0.0001, 1e-15);
  EXPECT_NEAR(kLeftOver.covariance({8, 64}, {8, 64}), 0.0013, 1e-15);
  EXPECT_NEAR(kLeftOver.covariance({8, 64}, {512, 64}), 0.0013, 1e-15);
  EXPECT_NEAR(kLeftOver.covariance({512, 64}, {512, 64}), 0.0037, 1e-15);
}

// 0.1^2 per doubling away from 64: 0.01 · 2 at 256 and at 16, of which 256 and 128 share one
// doubling, and 256 and 16 nothing.
TEST(LeftOver, WalksFromTheBatchOfThePilotBothWays) {
  const double alone = 0.0001;
  EXPECT_NEAR(kLeftOver.covariance({1, 256}, {1, 256}), alone + 0.02, 1e-15);
  EXPECT_NEAR(kLeftOver.covariance({1, 16}, {1, 16}), alone + 0.02, 1e-15);
  EXPECT_NEAR(kLeftOver.covariance({1, 256}, {1, 128}), alone + 0.01, 1e-15);
  EXPECT_NEAR(kLeftOver.covariance({1, 256}, {1, 16}), alone, 1e-15);
}

}  // namespace
}  // namespace rehearse
