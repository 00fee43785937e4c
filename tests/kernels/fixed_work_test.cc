#include "kernels/devices/fixed_work.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

// By a made-up clock: it is looked at before and after the step that counts, and not around the one
// that warms up. Looks are 1, 2, 4, 8, … s after the start.
TEST(FixedWork, TimesOneStep) {
  double now = 0.5;
  int looks = 0;
  FixedWork work(1, [&] {
    ++looks;
    return now *= 2;
  });
  EXPECT_EQ(work.time(), Duration(1));  // from 1 to 2
  EXPECT_EQ(work.time(), Duration(4));  // from 4 to 8
  EXPECT_EQ(looks, 4);
}

TEST(FixedWork, TakesItsTime) {
  // 2 GFLOP: no core does them in a millisecond, however idle it is.
  EXPECT_GT(FixedWork(1).time(), Duration(1e-3));
}

}  // namespace
}  // namespace rehearse
