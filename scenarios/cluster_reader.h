// The "cluster" object of a scenario.
#pragma once

#include "base/json_reader.h"
#include "scenarios/profile_library.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Fills nodes, node, device, network, fabric, placement and their provenance. Throws Error::input.
void read_cluster(ObjectReader cluster, ProfileLibrary& profiles, Scenario& scenario);

}  // namespace rehearse
