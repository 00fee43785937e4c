// Noise by a made-up clock, so that nothing depends on what else the machine does.
#include "calibrate/machine/noise.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace rehearse {
namespace {

// A sweep takes 4 ms: three make 12 ms, the first number of them beyond 10 ms. Every third piece is
// held up by 6 ms: 2 ms more for each of its sweeps.
TEST(Noise, TimesPiecesByItsClock) {
  double now = 100;
  int sweeps = 0;
  const auto sweep = [&] {
    now += 4e-3;
    if (++sweeps % 9 == 0) now += 6e-3;
  };
  // One sweep to warm up, three to count them, then three of each piece: the ninth is the second of
  // the second piece, the 18th the second of the fifth.
  const std::vector<double> times = timed_pieces(6, 1, sweep, [&] { return now; });
  const std::array expected{4e-3, 6e-3, 4e-3, 4e-3, 6e-3, 4e-3};
  ASSERT_EQ(times.size(), expected.size());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(times[i], expected[i], 1e-12) << i;
}

// The process was held up before it could look at the clock: one sweep is a piece.
TEST(Noise, APieceIsAtLeastOneSweep) {
  double now = 0;
  const std::vector<double> times = timed_pieces(
      2, 1, [&] { now += 0.05; }, [&] { return now; });
  EXPECT_NEAR(times[0], 0.05, 1e-12);
  EXPECT_NEAR(times[1], 0.05, 1e-12);
}

// Pieces of 50 ms, and 0.1 s for all: the first twenty are measured, and no more.
TEST(Noise, KeepsToItsTime) {
  double now = 0;
  const std::vector<double> times = timed_pieces(
      30, 0.1, [&] { now += 0.05; }, [&] { return now; });
  EXPECT_NEAR(times[19], 0.05, 1e-12);
  EXPECT_TRUE(std::isnan(times[20]));
  CoRunResult result{.alone = times, .busy = times, .busy_of = {}};
  EXPECT_NEAR(noise_of(result, result).worst, 1, 1e-9);
}

// Two blocks of ten pieces, of 1 s and of 3 s: mean 2, deviation (of a sample) the root of 2; the
// longest piece 3 against a median of 2. With company everything takes three times as long.
TEST(Noise, SumsUpWhatThePiecesTell) {
  CoRunResult cache;
  cache.alone.assign(10, 1.0);
  cache.alone.insert(cache.alone.end(), 10, 3.0);
  for (const double time : cache.alone) cache.busy.push_back(3 * time);
  CoRunResult memory{.alone = {2, 2, 2}, .busy = {5, 5, 5}, .busy_of = {}};
  const NoiseMeasurement noise = noise_of(cache, memory);
  EXPECT_DOUBLE_EQ(noise.quantum.value(), 0.1);  // ten pieces of 10 ms
  EXPECT_NEAR(noise.cv, std::sqrt(2.0) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(noise.worst, 1.5);
  EXPECT_DOUBLE_EQ(noise.compute_slowdown, 3);
  EXPECT_DOUBLE_EQ(noise.memory_slowdown, 2.5);
}

// On this machine, whatever else it does: all numbers are there.
TEST(Noise, MeasuresThisMachine) {
  const NoiseMeasurement noise = measure_noise({.devices = 1, .budget = Duration(0)});
  EXPECT_GT(noise.cv, 0);
  EXPECT_GE(noise.worst, 1);
  EXPECT_EQ(noise.compute_slowdown, 1);  // alone is busy where there is one device
  EXPECT_GE(noise.wake_up, Duration(0));
}

}  // namespace
}  // namespace rehearse
