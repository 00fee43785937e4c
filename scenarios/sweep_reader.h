// How many workers, and how many samples each: the "sweep" of a scenario and the batch of its
// training.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Fills workers, scaling and batch. `root` may lack "sweep": then the counts are powers of two
// (times the devices of a node for all-reduces of whole nodes) up to the cluster or 1024, and the
// scaling is what the batch says. REQUIRES: the cluster and the all-reduce are read. Throws
// Error::input that names the entry of the sweep that does not fit.
void read_sweep(ObjectReader& root, ObjectReader& training, Scenario& scenario);

// The counts of "workers", ascending: an array or a single number. Throws Error::input.
std::vector<std::int64_t> read_workers(ObjectReader& sweep);

// Throws Error::input at the first entry of the sweep that has more workers than devices.
void expect_devices(const ObjectReader& root, const Scenario& scenario);

}  // namespace rehearse
