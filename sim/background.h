// Other jobs' traffic beside the simulated one.
//
// The nodes that the job does not use send at `share` of the bandwidth of one injection link each,
// averaged over time, from the start of the run to its end:
//   uniform     random pairs of nodes, both ways, steadily
//   bursty      random pairs, in bursts at the full rate: their lengths and the pauses between them
//               are drawn from exponential distributions
//   all_to_all  one job on all these nodes: each sends to one after the other, beginning with its
//               neighbour, and all change partners when both ends are through
// It shares links with the job as the job's own flows do, and pays for no latency. Runs of equal
// seed have the same traffic.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/carrier.h"

namespace rehearse {

struct Background {
  enum class Pattern { uniform, bursty, all_to_all };

  Pattern pattern = Pattern::uniform;
  double share = 0;  // 0 to 1
};

// In the order of the enumerators: uniform bursty all_to_all.
const std::vector<std::string>& background_names();

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
