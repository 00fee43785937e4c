// The words of training.strategy.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

const std::vector<std::string>& strategies();        // that work
const std::vector<std::string>& later_strategies();  // of the format, which do not work yet

}  // namespace rehearse
