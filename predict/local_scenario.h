// A scenario turned into a run on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json_reader.h"

namespace rehearse {

// Whether the cluster's device is "local".
bool is_local(const JsonDocument& scenario);

bool has_cluster(const JsonDocument& scenario);

// Refuses (Error::input) what only simulated worlds have.
void expect_real(const JsonDocument& scenario);

// The same job with `ranks` ranks on this machine: a cluster of other devices gives way to one
// node of `ranks` local ones, the sweep to the workers among them, which are those that are no
// server and no master (Error::input if none is left); the batch per worker stays (under strong
// scaling the global batch), as the smallest point of the sweep has it. The faults of another
// cluster fall away, and a convergence that stands in a file takes the place of its path.
void move_here(JsonDocument& scenario, int ranks);

// Workers of the smallest point of the sweep, for which the batch is given; nothing where the
// scenario does not say.
std::optional<std::int64_t> smallest_point(const JsonDocument& scenario);

// Writes the batch as what the scaling keeps (per worker, or global), so that it does not depend on
// the smallest point of the sweep. What is wrong with it is left for the reader to say.
void keep_batch(JsonDocument& scenario);

// How long the run goes on, instead of what the scenario says: so many steps, or epochs.
void set_steps(JsonDocument& scenario, std::int64_t steps);
void set_epochs(JsonDocument& scenario, double epochs);

std::string text_of(const JsonDocument& scenario);

}  // namespace rehearse
