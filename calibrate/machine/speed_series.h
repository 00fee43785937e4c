// From fixed work that all devices of a machine time again and again, at the same moments, to how
// unevenly fast they are.
#pragma once

#include <vector>

#include "kernels/devices/speed_deviation.h"

namespace rehearse {

// One look at all devices.
struct SpeedSample {
  Duration at;
  std::vector<Duration> times;  // of the same work, by device
};

struct SpeedNoise {
  // Of one device against the mean of all; of a single device, against itself at other times. In
  // the order of lags; empty if there were too few looks.
  std::vector<SpeedDeviation> own;
  // Standard deviation / mean of what all devices have in common and what lasts for 0.1 s.
  double common = 0;
};

// Covariances of ln(time) of pairs of looks, in classes of lags that grow by the root of 10 from
// 10 ms on. What n devices have in common is taken as their mean, which leaves (n - 1) / n of the
// covariance of each. Noise that is over at the next look counts as none: it averages out in a
// step. Looks far out count as less far out. REQUIRES: samples in the order of time, with equally
// many times above zero, at least one.
SpeedNoise speed_noise(const std::vector<SpeedSample>& samples);

}  // namespace rehearse
