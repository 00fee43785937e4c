#include <gtest/gtest.h>

#include "runtime/collectives/collectives.h"

namespace rehearse {
namespace {

TEST(Choose, FollowsOpenMpisTable) {
  EXPECT_EQ(choose_like_open_mpi(2, 4), Algorithm::ring);
  EXPECT_EQ(choose_like_open_mpi(2, 1024), Algorithm::recursive_doubling);
  EXPECT_EQ(choose_like_open_mpi(2, 100e3), Algorithm::ring);
  EXPECT_EQ(choose_like_open_mpi(2, 1e6), Algorithm::rabenseifner);
  EXPECT_EQ(choose_like_open_mpi(64, 100e3), Algorithm::recursive_doubling);
  EXPECT_EQ(choose_like_open_mpi(128, 1024), Algorithm::binomial);
  EXPECT_EQ(choose_like_open_mpi(5000, 4096), Algorithm::ring);
  EXPECT_EQ(choose_like_open_mpi(5000, 1e9), Algorithm::rabenseifner);
}

TEST(Choose, NcclTakesTreesForSmallAndRingsForLargeMessages) {
  // 64 nodes, 10 GB/s. Ring: 126 steps of 14 us = 1.76 ms + 2 n/B; tree: 2 * 6 * 14 us = 0.17 ms +
  // 2 n/(0.92 B). They cross near n = 1.6 ms * B / (2 (1/0.92 - 63/64)) = 78 MB.
  EXPECT_EQ(choose_like_nccl(64, 1, 1e6, 10e9), Algorithm::binomial);
  EXPECT_EQ(choose_like_nccl(64, 1, 60e6, 10e9), Algorithm::binomial);
  EXPECT_EQ(choose_like_nccl(64, 1, 100e6, 10e9), Algorithm::ring);
}

}  // namespace
}  // namespace rehearse
