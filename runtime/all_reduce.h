// One all-reduce by the algorithm of one's choice, AllReduce::native included.
#pragma once

#include "runtime/collectives/collectives.h"
#include "runtime/world.h"

namespace rehearse {

// Sums `buffer` over all members of `group`; returns how long this rank waited for the last of
// them. REQUIRES: as make_all_reduce and Transport::execute.
Duration all_reduce(Transport& transport, const Group& group, const Buffer& buffer,
                    AllReduce algorithm, int ranks_per_node = 1);

}  // namespace rehearse
