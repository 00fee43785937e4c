// How evenly this machine does the same work again and again, alone and with all devices busy.
#pragma once

#include "base/units.h"

namespace rehearse {

struct NoiseMeasurement {
  Duration quantum;             // about what a fixed piece of work in the caches takes
  double cv = 0;                // standard deviation / mean of that piece
  double worst = 0;             // the longest tenth of a piece / their median
  double compute_slowdown = 1;  // with all devices busy
  double memory_slowdown = 1;   // of a piece that streams through memory
  Duration wake_up;             // calibrate/wake_up.h, with all devices busy
};

// Takes about six seconds. Throws Error::environment when a measuring process dies.
NoiseMeasurement measure_noise(int devices, int threads);

}  // namespace rehearse
