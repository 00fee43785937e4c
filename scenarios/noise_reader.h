// Reads the key `noise` of a scenario.
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// What the scenario gives replaces the numbers of its stack and of its device, in the provenance
// too. REQUIRES: device and fabric of `scenario` are read. Throws Error::input.
void read_noise(ObjectReader& root, Scenario& scenario);

}  // namespace rehearse
