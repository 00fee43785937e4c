// Which traffic of other jobs there is.
//
// The nodes that the job does not use send at `share` of the bandwidth of one injection link each,
// averaged over time, from the start of the run to its end:
//   uniform     random pairs of nodes, both ways, steadily
//   bursty      random pairs, in bursts at the full rate: their lengths and the pauses between them
//               are drawn from exponential distributions
//   all_to_all  one job on all these nodes: each sends to one after the other, beginning with its
//               neighbour, and all change partners when both ends are through
// Runs of equal seed have the same traffic.
#pragma once

#include "base/enum_names.h"

namespace rehearse {

struct Background {
  enum class Pattern { uniform, bursty, all_to_all };

  Pattern pattern = Pattern::uniform;
  double share = 0;  // 0 to 1
};

inline constexpr auto kBackgroundNames =
    enum_names<Background::Pattern>("uniform", "bursty", "all_to_all");

}  // namespace rehearse
