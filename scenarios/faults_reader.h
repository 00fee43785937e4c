// The object faults.
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// What has no effect goes to the remarks of the scenario. On accelerators what the object leaves
// out is as published, and goes to the provenance. REQUIRES: the scenario has its cluster, and its
// model or its collectives. Throws Error::input.
void read_faults(ObjectReader& root, Scenario& scenario);

}  // namespace rehearse
