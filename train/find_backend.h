// Who computes in a real run.
#pragma once

#include <string_view>

#include "kernels/backend.h"

namespace rehearse {

// The backend of this name, "cpu" or "cuda", for the rank with this number on its node. Throws
// Error::environment where this build or this machine does not have it; says what to do.
const Backend& find_backend(std::string_view name, int local_rank);

}  // namespace rehearse
