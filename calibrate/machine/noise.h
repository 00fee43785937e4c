// How evenly this machine does the same work again and again, alone and with all devices busy.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/units.h"
#include "calibrate/machine/co_run.h"

namespace rehearse {

struct NoiseMeasurement {
  Duration quantum;             // about what a fixed piece of work in the caches takes
  double cv = 0;                // standard deviation / mean of that piece
  double worst = 0;             // the longest tenth of a piece / their median
  double compute_slowdown = 1;  // with all devices busy
  double memory_slowdown = 1;   // of a piece that streams through memory
  Duration wake_up;             // calibrate/machine/wake_up.h, with all devices busy
};

struct NoiseOptions {
  int devices = 1;
  int threads = 1;     // per device
  Duration budget{8};  // of more nothing gets better; below three seconds it is overrun
};

// Throws Error::environment when a measuring process dies.
NoiseMeasurement measure_noise(const NoiseOptions& options);

// So many pieces of work, of as many sweeps each as take about 10 ms by `seconds`: what a sweep of
// each took, s. Those for which `most` seconds do not suffice, beyond the first twenty, are NaN.
std::vector<double> timed_pieces(std::size_t pieces, double most,
                                 const std::function<void()>& sweep,
                                 const std::function<double()>& seconds);

// What the pieces in the caches and in memory tell; the wake-up is left out, and so is a piece that
// is NaN. REQUIRES: at least ten others of both.
NoiseMeasurement noise_of(const CoRunResult& in_cache, const CoRunResult& in_memory);

}  // namespace rehearse
