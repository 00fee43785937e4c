// A training step that never changes: the same small network on the same data for every model and
// machine. What it takes tells how fast this machine is at the moment, so that a slow minute of a
// shared machine can be told from an error of a prediction.
//
// Its layers keep processor and caches as busy as those of the image networks of the zoo: a
// convolution of 64 channels by 3x3 on 56x56 pixels, batch normalisation, rectifier and pooling, at
// batch 4: 2 GFLOP (nobody asks for the gradients of the input) and some 30 MB of traffic.
#pragma once

#include <functional>
#include <memory>

#include "base/units.h"
#include "kernels/executor.h"

namespace rehearse {

class FixedWork {
 public:
  // `seconds` tells the time, from any start; empty: that of the steady clock. Throws what
  // make_cpu_executor throws.
  explicit FixedWork(int threads, std::function<double()> seconds = {});
  ~FixedWork();

  // The time of one step. The first call of an object also warms up.
  Duration time();

 private:
  void step();

  std::unique_ptr<Executor> net_;
  std::function<double()> seconds_;
  bool warm_ = false;
};

}  // namespace rehearse
