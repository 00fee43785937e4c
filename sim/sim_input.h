// The reader threads of one simulated rank: they fill a bounded queue of batches ahead of the
// training, as runtime/data/input_pipeline.h does in the real world.
#pragma once

#include <functional>
#include <memory>

#include "base/units.h"

namespace rehearse {

struct InputQueue;

class SimInput {
 public:
  // `work` tells what the core does for the batch of a step. Readers run on the rank's host, whose
  // core they share with whatever else computes there, until the simulation ends.
  // REQUIRES: readers >= 1; called by an actor of the rank.
  SimInput(int readers, std::function<Duration(std::int64_t step)> work);

  // Returns when the batch of the next step is there.
  void next();

 private:
  std::shared_ptr<InputQueue> queue_;
};

}  // namespace rehearse
