#include "calibrate/noise.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(Noise, MeasuresPiecesOfItsQuantum) {
  // Ten pieces of 10 ms are one quantum. What a shared machine does to the pieces is its own
  // affair; that a longest piece is shorter than the median one, or that company speeds up work
  // twofold, would be a fault of the measurement.
  const NoiseMeasurement noise = measure_noise(2, 1);
  EXPECT_DOUBLE_EQ(noise.quantum.value(), 0.1);
  EXPECT_GT(noise.cv, 0);
  EXPECT_LT(noise.cv, 1);
  EXPECT_GE(noise.worst, 1);
  EXPECT_GT(noise.compute_slowdown, 0.5);
  EXPECT_GT(noise.memory_slowdown, 0.5);
  // A context switch is no less than a tenth of a microsecond, and a thread that slept for 100 us
  // took less than all of the core between two sleeps.
  EXPECT_GT(noise.wake_up, Duration(0.1e-6));
  EXPECT_LT(noise.wake_up, Duration(1e-3));
}

}  // namespace
}  // namespace rehearse
