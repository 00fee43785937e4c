#include "calibrate/fits/nelder_mead.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(NelderMead, FindsTheBottomOfABowl) {
  const auto bowl = [](const std::vector<double>& x) {
    return (x[0] - 1) * (x[0] - 1) + 10 * (x[1] + 2) * (x[1] + 2);
  };
  const auto best = nelder_mead(bowl, {0, 0}, {0.5, 0.5}, {200, 1e-6});
  EXPECT_NEAR(best[0], 1, 1e-4);
  EXPECT_NEAR(best[1], -2, 1e-4);
}

TEST(NelderMead, FollowsRosenbrocksValley) {
  const auto valley = [](const std::vector<double>& x) {
    const double a = 1 - x[0];
    const double b = x[1] - x[0] * x[0];
    return a * a + 100 * b * b;
  };
  const auto best = nelder_mead(valley, {-1.2, 1}, {0.5, 0.5}, {1000, 1e-6});
  EXPECT_NEAR(best[0], 1, 1e-3);
  EXPECT_NEAR(best[1], 1, 1e-3);
}

TEST(NelderMead, StopsAtItsBudget) {
  int calls = 0;
  const auto slope = [&](const std::vector<double>& x) {
    ++calls;
    return x[0] + x[1] + x[2];
  };
  nelder_mead(slope, {0, 0, 0}, {1, 1, 1}, {40, 1e-9});
  EXPECT_GE(calls, 40);
  EXPECT_LE(calls, 40 + 4);  // the last iteration is finished: at most a shrink after two tries
}

}  // namespace
}  // namespace rehearse
