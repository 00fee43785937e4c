// The core of a rank whose computation and communication share one (TaskCosts::shares_core).
// Whatever runs on it at the same time slows each other down by fair sharing, as the kernel's
// scheduler does it with threads of equal priority; whoever waits does not use it.
#pragma once

#include "base/units.h"

namespace rehearse {

// Returns when the core has done `work` for the caller, which takes as long as that if nobody else
// uses it. Called by an actor of the rank.
void run_on_core(Duration work);

}  // namespace rehearse
