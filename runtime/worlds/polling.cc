#include "runtime/worlds/polling.h"

#include <algorithm>

namespace rehearse {
namespace {

// Measured: a sleep costs about 28 us of the core on a virtual machine, whose timers and wake-ups
// leave it, and a few on bare metal. Hence the spin before the first one and the shortest one; with
// the longest, a waiting task takes 3 % of the core.
constexpr Duration kSpin{50e-6};
constexpr Duration kShortest{100e-6};
constexpr Duration kLongest{1e-3};
constexpr double kShare = 0.1;

}  // namespace

Duration polling_sleep(Duration waited) {
  if (waited < kSpin) return Duration(0);
  return std::clamp(waited * kShare, kShortest, kLongest);
}

PollingWork polling_work(Duration waited) {
  PollingWork work{std::min(waited, kSpin)};
  for (Duration at = kSpin; at < waited; at += polling_sleep(at)) ++work.sleeps;
  return work;
}

}  // namespace rehearse
