// Who computes in a real run.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/backend.h"
#include "scenarios/scenario.h"

namespace rehearse {

// The backend of this name, "cpu" or "cuda", for the rank with this number on its node. Throws
// Error::environment where this build or this machine does not have it; says what to do.
const Backend& find_backend(std::string_view name, int local_rank);

// The scenario as the backend runs it with so many workers: collectives by 'auto' are NCCL's own
// choice on GPUs; gradients are computed in fp32, and are cast for the wire where they shall travel
// in 2 bytes. With a layout they travel in fp32.
Scenario on_backend(const Scenario& scenario, std::int64_t workers, const Backend& backend);

}  // namespace rehearse
