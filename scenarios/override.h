// KEY=VALUE of the command line, applied to a scenario before it is read.
#pragma once

#include <string_view>

#include "base/json_reader.h"

namespace rehearse {

// Sets the value at a dotted path, as JsonDocument::set does. A plain word as the whole network,
// "cluster.network=aries-piz-daint", is that preset with nothing changed; the software stack of the
// scenario stays. A number of `noise` sets its source aside. Throws Error::input.
void override_key(JsonDocument& scenario, std::string_view assignment);

}  // namespace rehearse
