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

}  // namespace
}  // namespace rehearse
