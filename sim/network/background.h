// Other jobs' traffic beside the simulated one (topologies/placement/background_options.h says
// which).
//
// It shares links with the job as the job's own flows do, and pays for no latency.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/network/carrier.h"
#include "topologies/placement/background_options.h"

namespace rehearse {

// The first device of each node of which `workers` use none, if there is traffic between them: at
// least two of them, and a share above 0.
std::vector<EndpointId> background_devices(const Network& network,
                                           const std::vector<EndpointId>& workers,
                                           const Background& background);

// Starts the traffic between the places from `first` on, each of them one of background_devices;
// it ends with the last actor that is not of the background. REQUIRES: places are hosts of the
// engine.
void start_background(Carrier& carrier, const Network& network,
                      const std::vector<EndpointId>& places, std::size_t first,
                      const Background& background, std::uint64_t seed);

}  // namespace rehearse
