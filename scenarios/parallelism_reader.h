// The object training.parallelism: how a job is laid out over its devices.
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Fills scenario.parallelism; what has no effect goes to the remarks. REQUIRES: model, strategy,
// framework and all-reduce are read. Throws Error::input for what no number of devices makes good;
// the rest is Scenario::layout_at's.
void read_parallelism(ObjectReader& training, Scenario& scenario);

// The keys that "auto" opens where it stands for the whole object, in the order of the format.
const std::vector<std::string>& open_keys();

// The first key by which a job is more than plain data parallelism, for messages; empty: none.
std::string beyond_data(const ParallelismOptions& options);

}  // namespace rehearse
