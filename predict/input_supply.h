// How fast storage and cores of a cluster supply training with batches.
#pragma once

#include "scenarios/scenario.h"

namespace rehearse {

// From one batch of a worker to the next when `workers` take part and nothing else holds them up:
// the slowest of what the storage gives to all, what it gives to a node, and what the cores of a
// node prepare, each shared evenly and all under way at once. Zero where nothing of it is known.
Duration batch_supply_time(const Scenario& scenario, std::int64_t workers);

}  // namespace rehearse
