// Which nodes of a machine that is shared with other jobs are free.
#pragma once

#include <cstdint>
#include <vector>

#include "topologies/graph/link.h"

namespace rehearse {

// `free` nodes in ascending order; the others are busy. Busy nodes are runs of neighbours, as a
// scheduler that fills a machine in order leaves them: jobs of 1, 2, 4, … nodes, each size as
// likely as the next (sizes of parallel jobs are near uniform in their logarithm, and mostly powers
// of two: Lublin, Feitelson, "The workload on parallel supercomputers", JPDC 63(11), 2003), up to
// an eighth of the machine (assumed), the last one cut to fit. Every order of these jobs and of the
// single free nodes between them is equally likely. Equal arguments give equal nodes. REQUIRES: 1
// <= free <= nodes.
std::vector<NodeId> free_nodes(std::int64_t nodes, std::int64_t free, std::uint64_t seed);

}  // namespace rehearse
