// How unevenly fast a machine is: what its devices, doing the same work at the same time, differ
// in speed, and for how long a difference lasts. On shared machines one device is slow for seconds
// while the other is not, so the deviation of a long piece of work is hardly less than that of a
// short one.
#pragma once

#include <vector>

#include "base/units.h"

namespace rehearse {

struct SpeedDeviation {
  Duration lag;   // between two looks at the same device
  double cv = 0;  // root of their covariance, in terms of ln(time)
};

// The relative standard deviation of work that takes `length` on a device, from an autocovariance
// C(lag) in the order of lags. The variance of the mean over a piece of length T is
// 2 / T^2 times the integral of (T - s) C(s) over s from 0 to T. With C falling like a - b ln s
// (flicker noise) that is C(T exp(-3/2)); between lags C is interpolated so, outside them it stays
// what it is at the nearest. Zero if there is none. REQUIRES: length > 0, lags > 0.
double deviation_of(const std::vector<SpeedDeviation>& speeds, Duration length);

}  // namespace rehearse
