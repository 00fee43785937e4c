// What a key may have been meant for that an object of a scenario does not have.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

// The remedy of an unknown key: another word for one of `known` ("batch_size" of "batch"), else the
// place where a scenario has this key ("lr" is training.optimizer.lr), else what is spelt alike.
// Reads the schema of scenarios; for errors only.
std::string key_hint(const std::string& key, const std::vector<std::string>& known);

}  // namespace rehearse
