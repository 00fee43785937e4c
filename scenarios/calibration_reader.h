// The "calibration" object of a node.
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Reads "calibration" of `node`, if it is there and not null, into the scenario, or sets it aside
// where it is of another model, device or precision. REQUIRES: the scenario's model, device and
// precision are read, and the device has a peak rate for the precision. Throws Error::input, also
// for a throughput that the launches of the device's kernels alone would forbid.
void read_calibration(ObjectReader& node, Scenario& scenario);

}  // namespace rehearse
