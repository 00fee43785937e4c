// One all-reduce by the algorithm of one's choice, Algorithm::native and in_network included.
//
// in_network, over L ranks per node: reduce-scatter inside the nodes, L sums of n/L bytes over the
// nodes by the switches, all-gather inside the nodes; as NCCL over SHARP has one aggregation stream
// per rail (NVIDIA HPC-X documentation, "NCCL-RDMA-SHARP Plugins").
#pragma once

#include "runtime/collectives/collectives.h"
#include "runtime/world/transport.h"

namespace rehearse {

// Sums the tensor over all members of `group`; returns how long this rank waited for the last of
// them. REQUIRES: as make_all_reduce, Transport::execute and Transport::collective.
Duration all_reduce(Transport& transport, const Group& group, const Tensor& tensor,
                    Algorithm algorithm, int ranks_per_node = 1);

}  // namespace rehearse
