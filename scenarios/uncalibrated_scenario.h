// Scenarios of this machine before anything was measured on it.
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// How many devices the scenario divides its node into; 1 if it does not say.
int devices_per_node(const JsonDocument& scenario);

// What the scenario amounts to with a device "local" of which only the share of the machine is
// known, and its kind, which the defaults of training follow: model, batches, optimizer. Its times
// mean nothing, and every precision is accepted. Other devices are read as ever. Throws
// Error::input.
Scenario load_uncalibrated(const JsonDocument& scenario, DeviceKind kind = DeviceKind::cpu);
Scenario load_uncalibrated(const std::string& path, const std::vector<std::string>& overrides);

}  // namespace rehearse
