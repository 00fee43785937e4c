#include "calibrate/machine/speed_series.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace rehearse {
namespace {

TEST(SpeedNoise, NothingCanBeSaidOfAFewLooks) {
  const SpeedNoise noise = speed_noise(
      {{Duration(0), {Duration(1), Duration(2)}}, {Duration(0.2), {Duration(2), Duration(1)}}});
  EXPECT_TRUE(noise.own.empty());
  EXPECT_EQ(noise.common, 0);
}

TEST(SpeedNoise, EvenMachinesHaveNone) {
  std::vector<SpeedSample> samples;
  for (int i = 0; i < 100; ++i) samples.push_back({Duration(0.2 * i), {Duration(3), Duration(3)}});
  const SpeedNoise noise = speed_noise(samples);
  ASSERT_EQ(noise.own.size(), 4U);
  for (const SpeedDeviation& speed : noise.own) EXPECT_NEAR(speed.cv, 0, 1e-12);
  EXPECT_NEAR(noise.common, 0, 1e-12);
}

// One of two devices always takes 1.2 times as long: their logarithms are 0.5 ln 1.2 from the
// middle, and independent devices of that spread would be that times the root of 2.
TEST(SpeedNoise, ADeviceThatIsAlwaysSlowerCountsAtEveryLag) {
  std::vector<SpeedSample> samples;
  for (int i = 0; i < 100; ++i) {
    samples.push_back({Duration(0.2 * i), {Duration(1), Duration(1.2)}});
  }
  const SpeedNoise noise = speed_noise(samples);
  ASSERT_EQ(noise.own.size(), 4U);
  for (const SpeedDeviation& speed : noise.own) {
    EXPECT_NEAR(speed.cv, std::sqrt(0.5) * std::log(1.2), 1e-9);
  }
}

// Four devices, each with spells of its own of 0.1 for 2.4 s, all with common ones of 0.2 as long,
// and 0.05 anew at each look. There are 2,000 spells.
TEST(SpeedNoise, TellsOwnSpellsFromCommonOnesAndFromNoiseThatIsSoonOver) {
  constexpr int kDevices = 4;
  RandomStream random(1, {7});
  std::vector<SpeedSample> samples;
  double common = 0;
  std::vector<double> own(kDevices);
  for (int i = 0; i < 16000; ++i) {
    if (i % 8 == 0) {
      common = 0.2 * random.normal();
      for (double& one : own) one = 0.1 * random.normal();
    }
    SpeedSample sample{Duration(0.3 * i), {}};
    for (const double one : own) {
      sample.times.emplace_back(std::exp(common + one + 0.05 * random.normal()));
    }
    samples.push_back(std::move(sample));
  }
  const SpeedNoise noise = speed_noise(samples);
  // A pair of looks k * 0.3 s apart lies in one spell with probability 1 - k / 8: 7 / 8 in the
  // class of 0.10 to 0.32 s, (6 + 5) / 16 in that up to 1 s, (4 + 3 + 2 + 1) / 56 in that up to 3.2
  // s, and none beyond.
  ASSERT_EQ(noise.own.size(), 4U);
  EXPECT_NEAR(noise.own[0].cv, 0.1 * std::sqrt(7.0 / 8), 0.004);
  EXPECT_NEAR(noise.own[1].cv, 0.1 * std::sqrt(11.0 / 16), 0.004);
  EXPECT_NEAR(noise.own[2].cv, 0.1 * std::sqrt(10.0 / 56), 0.01);
  EXPECT_LT(noise.own[3].cv, 0.02);
  EXPECT_NEAR(noise.common, 0.2 * std::sqrt(7.0 / 8), 0.01);
  EXPECT_NEAR(noise.own[0].lag.value(), 0.3, 1e-9);
}

}  // namespace
}  // namespace rehearse
