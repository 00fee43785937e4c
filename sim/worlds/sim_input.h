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
  // `read` takes the time that the batch of a step takes. Readers are actors on the rank's host and
  // call it until the simulation ends, also when this object is gone. REQUIRES: readers >= 1;
  // called by an actor of the rank.
  SimInput(int readers, std::function<void(std::int64_t step)> read);

  // Returns when the batch of the next step is there.
  void next();

 private:
  std::shared_ptr<InputQueue> queue_;
};

}  // namespace rehearse
