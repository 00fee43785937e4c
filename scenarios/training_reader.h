// The "training" object of a scenario, without its batch (which belongs to the sweep).
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Fills optimizer, framework, all_reduce and parallelism (parallelism_reader.h). Throws
// Error::input.
void read_training(ObjectReader& training, Scenario& scenario);

// The algorithm of a scenario that gives none: the library's own choice where the stack names a
// library, else the cheapest. REQUIRES: the cluster was read.
Algorithm default_algorithm(const Scenario& scenario);

}  // namespace rehearse
