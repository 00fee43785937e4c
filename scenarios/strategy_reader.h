// Reads the keys of scenarios/strategy_options.h.
#pragma once

#include <string>
#include <vector>

#include "base/json_reader.h"
#include "scenarios/strategy_options.h"

namespace rehearse {

// The keys of training that this reads.
const std::vector<std::string_view>& strategy_keys();

// `remarks` gets a line for each key that the strategy sets aside. Throws Error::input.
StrategyOptions read_strategy(ObjectReader& training, std::vector<std::string>& remarks);

}  // namespace rehearse
