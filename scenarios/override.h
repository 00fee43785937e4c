// KEY=VALUE of the command line, applied to a scenario before it is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_reader.h"

namespace rehearse {

// Sets the value at a dotted path, as JsonDocument::set does. A plain word as the whole network,
// "cluster.network=aries-piz-daint", is that preset with nothing changed; the software stack of the
// scenario stays. A number of `noise` sets its source aside. Throws Error::input.
void override_key(JsonDocument& scenario, std::string_view assignment);

// A word as JSON, so that as a VALUE it stays a string whatever it looks like.
std::string json_text(std::string_view word);

// Leaves out the points of the sweep that the nodes of the cluster cannot hold, and ends it at all
// of their devices. Returns what was done, in words; nothing where all points fit, and where the
// sweep cannot be held against the cluster (its reader says why).
std::optional<std::string> cut_sweep(JsonDocument& scenario);

}  // namespace rehearse
