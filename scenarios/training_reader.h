// The "training" object of a scenario, without its batch (which belongs to the sweep).
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Fills optimizer, framework, all_reduce and parallelism; refuses strategies and parallelism that
// do not work yet. Throws Error::input.
void read_training(ObjectReader& training, Scenario& scenario);

}  // namespace rehearse
