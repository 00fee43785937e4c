// The object training.optimizer.
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// What of it has no effect with the chosen rule goes to `remarks`. Throws Error::input.
OptimizerChoice read_optimizer(ObjectReader reader, std::vector<std::string>& remarks);

}  // namespace rehearse
