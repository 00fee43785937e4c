#include "kernels/fixed_work.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace rehearse {
namespace {

TEST(FixedWork, TakesAboutAsLongAgain) {
  FixedWork work(1);
  std::vector<Duration> times(5);
  for (Duration& time : times) time = work.time();
  std::sort(times.begin(), times.end());
  // 2 GFLOP: no core does them in a millisecond.
  EXPECT_GT(times.front(), Duration(1e-3));
  EXPECT_LT(times[2], 10 * times.front());
}

}  // namespace
}  // namespace rehearse
