// What a library of collectives with levels (topologies/collective_library.h) makes of one
// collective: the latency of each step, and how fast devices and NICs send.
#pragma once

#include <optional>

#include "base/units.h"
#include "runtime/collectives/collectives.h"
#include "runtime/collectives/nccl_tuning.h"
#include "topologies/fabric_profile.h"
#include "topologies/network.h"

namespace rehearse {

struct StepCosts {
  Duration base;             // once
  Duration inside, between;  // of a step, beyond the links on its way
  Bandwidth device;          // payload that one device sends inside its node, all flows together
  Bandwidth nic;             // payload that one NIC sends
  double on_wire = 1;        // bytes on a link per byte of payload
  double converging = 1;     // share of the fair rate that flows between nodes reach
  // Algorithm bandwidth of sums in the switch of a node; absent: there is none.
  std::optional<Bandwidth> adders;
};

// How many NICs of a node its first `ranks_per_node` devices use.
int nics_in_use(const Network& network, int ranks_per_node);

// The machine as NCCL sees it. Without levels in the stack its channels are those of the links.
NcclMachine nccl_machine(const Network& network, const FabricProfile& profile, int ranks,
                         int ranks_per_node);

// Absent where the stack has no levels: its messages are costed one by one. `bytes` as nccl-tests
// count them.
std::optional<StepCosts> step_costs(const Network& network, const FabricProfile& profile,
                                    const CollectiveCall& call, int ranks, double bytes);

}  // namespace rehearse
