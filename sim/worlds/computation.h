// What an emulated rank computes while its simulated device takes the time for it: real numbers on
// the predicted clock.
#pragma once

#include <cstdint>

#include "runtime/strategies/strategy.h"
#include "runtime/world/device.h"

namespace rehearse {

class Computation {
 public:
  virtual ~Computation() = default;

  // As of Device. Parameters that a pass reads are those at the moment of its launch; `launch` may
  // return before the work is done. Called outside of the engine's own stack, on that of an actor,
  // which is small: work of any depth belongs on a thread.
  virtual void begin_step(std::int64_t step) = 0;
  virtual void launch(const Task& task) = 0;
  // Blocks the whole simulation until everything that was launched is done.
  virtual void finish() = 0;
};

// The numbers of one rank.
struct RankNumbers {
  Computation* computation = nullptr;
  ModelTensors model;
};

}  // namespace rehearse
