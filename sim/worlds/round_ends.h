// What the ends of messages between nodes make of a rank's messages
// (topologies/stacks/message_ends.h).
#pragma once

#include <vector>

#include "runtime/collectives/schedule.h"
#include "sim/worlds/fabric.h"

namespace rehearse {

// One rank's messages of one round, in the order of its actions.
struct RoundEnds {
  std::vector<Bytes> on_wire;      // of sends
  std::vector<bool> after_theirs;  // sends that wait until the peer's data has come
};

// For world rank `rank`, which has sent nothing for `idle`. `follows`: another round went before,
// so that the ranks have waited inside the library.
RoundEnds round_ends(Fabric& fabric, const Group& group, int rank,
                     const std::vector<Action>& actions, Bytes element, Duration now, Duration idle,
                     bool follows);

// Payload from one rank of a group to another.
struct FlowOf {
  int from;
  int to;
  Bytes payload;
};

// By rank, the payload that it receives from ranks to which it does not send, per byte that it
// sends. `flows` are between nodes.
std::vector<double> acknowledged_apart(int ranks, const std::vector<FlowOf>& flows);

// The size on the links of a flow of so many messages, one a round, which are the rank's own of a
// phase.
Bytes flow_on_wire(const Fabric& fabric, const PhasePlan& plan, const Group& group,
                   const FlowOf& flow, int messages);

}  // namespace rehearse
