// Emulates scenarios: real gradients on the predicted clock.
#pragma once

#include <functional>
#include <vector>

#include "train/emulation/emulate.h"

namespace rehearse {

struct EmulateAllOptions {
  int threads = 1;                                 // that compute gradients
  std::function<void(std::size_t done)> finished;  // runs
  std::function<void(double share)> waiting;       // of all runs that is done; called often
};

// Each scenario with as many workers as the largest point of its sweep, one after the other, each
// in a process of its own. Throws as emulate() (train/emulation/emulate.h).
std::vector<Emulation> emulate_all(const std::vector<Scenario>& scenarios,
                                   const EmulateAllOptions& options);

}  // namespace rehearse
