#include "kernels/devices/speed_deviation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rehearse {
namespace {

const Duration kFactor(std::exp(1.5));  // a step's length over the lag that decides

TEST(SpeedDeviation, NoneWhereNothingWasMeasured) { EXPECT_EQ(deviation_of({}, Duration(1)), 0); }

TEST(SpeedDeviation, StaysWhatItIsOutsideTheLags) {
  const std::vector<SpeedDeviation> speeds{{Duration(1), 0.3}, {Duration(100), 0.1}};
  EXPECT_EQ(deviation_of(speeds, Duration(1e-3)), 0.3);
  EXPECT_EQ(deviation_of(speeds, Duration(1e6)), 0.1);
}

// Half way between lags of 1 and 100 in the logarithm, at 10: (0.09 + 0.01) / 2 = 0.05.
TEST(SpeedDeviation, VariancesAreInterpolatedInTheLogarithmOfTheLag) {
  const std::vector<SpeedDeviation> speeds{{Duration(1), 0.3}, {Duration(100), 0.1}};
  EXPECT_NEAR(deviation_of(speeds, 10 * kFactor), std::sqrt(0.05), 1e-12);
}

// C(s) = 0.05 - 0.01 ln s. Its mean over a piece of T = 3, weighted with 2 (T - s) / T^2, summed up
// in small intervals.
TEST(SpeedDeviation, IsThatOfTheMeanOverThePiece) {
  const auto covariance = [](double s) { return 0.05 - 0.01 * std::log(s); };
  std::vector<SpeedDeviation> speeds;
  for (const double lag : {0.01, 0.1, 1.0, 10.0}) {
    speeds.push_back({Duration(lag), std::sqrt(covariance(lag))});
  }
  constexpr int kIntervals = 100000;
  constexpr double kLength = 3;
  double variance = 0;
  for (int i = 0; i < kIntervals; ++i) {
    const double s = (i + 0.5) * kLength / kIntervals;
    variance += 2 * (kLength - s) / (kLength * kLength) * covariance(s) * kLength / kIntervals;
  }
  EXPECT_NEAR(deviation_of(speeds, Duration(kLength)), std::sqrt(variance), 1e-5);
}

}  // namespace
}  // namespace rehearse
