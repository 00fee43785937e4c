#include "runtime/strategies/gradient_batches.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

std::vector<Bytes> sizes(std::initializer_list<double> values) {
  std::vector<Bytes> out;
  for (const double value : values) out.emplace_back(value);
  return out;
}

using Batches = std::vector<FusedBatch>;

TEST(Fusion, PacksGreedilyUpToTheThreshold) {
  const auto gradients = sizes({30, 30, 40, 1, 500, 10, 20});
  // 30+30+40 fill 100 exactly; 1 does not fit any more; 500 travels alone; 10+20 share the last.
  EXPECT_EQ(fuse(gradients, 0, 7, Bytes(100)), (Batches{{0, 3}, {3, 4}, {4, 5}, {5, 7}}));
  EXPECT_EQ(fuse(gradients, 1, 3, Bytes(100)), (Batches{{1, 3}}));
  EXPECT_TRUE(fuse(gradients, 3, 3, Bytes(100)).empty());
}

TEST(Fusion, ZeroThresholdFusesNothing) {
  EXPECT_EQ(fuse(sizes({1, 2, 3}), 0, 3, Bytes(0)), (Batches{{0, 1}, {1, 2}, {2, 3}}));
}

TEST(Fusion, BucketsCloseWhenTheyReachTheirCap) {
  // First cap 10, then 25: 6+6 reach 10; 20+20 reach 25; the rest stays open.
  EXPECT_EQ(buckets(sizes({6, 6, 20, 20, 3, 4}), Bytes(10), Bytes(25)),
            (Batches{{0, 2}, {2, 4}, {4, 6}}));
}

}  // namespace
}  // namespace rehearse
