// Keys of a scenario with values that people might give them, and some that they should not.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

struct KeyValues {
  std::string key;
  std::vector<std::string> values;
};

const std::vector<KeyValues>& scenario_keys();

}  // namespace rehearse
