// What a library of collectives with levels (topologies/stacks/collective_library.h) makes of one
// collective: the latency of each step, and how fast devices and NICs send.
#pragma once

#include <algorithm>
#include <optional>

#include "base/units.h"
#include "runtime/collectives/collectives.h"
#include "runtime/collectives/nccl_tuning.h"
#include "topologies/graph/network.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

struct StepCosts {
  Duration base;  // once
  // Of a step, end to end: inside a node, and between nodes over one switch.
  Duration inside, between;
  // What is part of `between` of the latency of a route: its first and last links, unless they are
  // slower than usual.
  Duration ends;
  Bandwidth device;       // payload that one device sends inside its node, all flows together
  Bandwidth nic;          // payload that one NIC sends
  double on_wire = 1;     // bytes on a link per byte of payload
  double converging = 1;  // share of the fair rate that flows between nodes reach
  // Algorithm bandwidth of sums in the switch of a node; absent: there is none.
  std::optional<Bandwidth> adders;

  // What a step takes on a route of such a latency.
  [[nodiscard]] Duration between_on(Duration route) const {
    return between + std::max(Duration(0), route - ends);
  }
};

// How many NICs of a node its first `ranks_per_node` devices use.
int nics_in_use(const Network& network, int ranks_per_node);

// The machine as NCCL sees it. Without levels in the stack its channels are those of the links. It
// uses switches that add between the nodes only when it is told to (NCCL_COLLNET_ENABLE).
NcclMachine nccl_machine(const Network& network, const StackProfile& profile, int ranks,
                         int ranks_per_node);

// Absent where the stack has no levels: its messages are costed one by one. `bytes` as nccl-tests
// count them.
std::optional<StepCosts> step_costs(const Network& network, const StackProfile& profile,
                                    const CollectiveCall& call, int ranks, double bytes);

}  // namespace rehearse
