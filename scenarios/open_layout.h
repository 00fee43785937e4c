// Opens training.parallelism for a search, whatever a scenario gives, and Horovod's fusion and
// cycle.
#pragma once

#include <string>
#include <vector>

#include "base/json_reader.h"

namespace rehearse {

// The overrides (KEY=VALUE) that open every key that a search finds, and hold those of `fixed`
// ("tensor=8", "offload.optimizer=1", "fusion=32 MiB"). What a search does not look for stays as it
// is: the order of ranks, overlap, the way of context, the imbalance of experts. Throws
// Error::input for a key that there is not, or without a value.
std::vector<std::string> open_layout(const JsonDocument& scenario,
                                     const std::vector<std::string>& fixed);

}  // namespace rehearse
