// The object data: how many samples there are, and where a real run finds them.
#pragma once

#include <optional>

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Returns the number of classes, if the data says one. Throws Error::input.
std::optional<std::int64_t> read_data(ObjectReader data, Scenario& scenario);

}  // namespace rehearse
