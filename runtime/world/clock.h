// The clock of a world: virtual in simulated worlds, that on the wall in real ones.
#pragma once

#include "base/units.h"

namespace rehearse {

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds since the start of the run.
  [[nodiscard]] virtual Duration now() = 0;
  // Returns at once if `time` has passed.
  virtual void sleep_until(Duration time) = 0;
};

}  // namespace rehearse
