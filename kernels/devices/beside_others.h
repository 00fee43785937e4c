// A check of what is measured twice: alone, and beside other devices of the node at work.
#pragma once

#include "base/units.h"

namespace rehearse {

// Devices beside it take memory bandwidth, caches and clock from a layer and give it nothing. What
// is measured of short layers is uncertain by the steps of the clock and by other processes: ten
// times and a tenth of a millisecond are more than that.
constexpr bool faster_beside_others(Duration alone, Duration busy) {
  constexpr double kFactor = 10;
  constexpr Duration kUncertain(1e-4);
  return alone > kFactor * busy + kUncertain;
}

}  // namespace rehearse
