// What the simulator must know of one phase of a schedule over placed ranks.
#pragma once

#include <vector>

#include "runtime/collectives/schedule.h"
#include "runtime/world/group.h"
#include "sim/worlds/message_costs.h"

namespace rehearse {

class MessageEndRules;

struct PhasePlan {
  Phase phase;
  // By rank in the group.
  std::vector<std::vector<Place>> sources{};  // of the flows that arrive, by world rank
  std::vector<Duration> copying{};            // by the rank's core
  std::vector<Duration> additions{};          // of received numbers, and copies of others
  std::vector<bool> leaves_node{};            // it sends to other nodes, or receives from them
  std::vector<double> acknowledged{};  // from others than it sends to, per byte sent; or empty
  Duration mean_route_latency{};       // over the flows
  Duration mean_step_latency{};
  // The same of the flows inside nodes and of those between nodes, route and step together but for
  // the noise of the step.
  struct Hop {
    Duration route, step;
  };
  Hop inside{}, between{};
  std::vector<int> senders{};  // by rank: how many ranks of its node send to other nodes
};

// Of all phases. `ends` and `step_costs` may be null; `element` is the size of one on the wire.
// Phases of one round are executed message by message: of them the phase alone is told.
std::vector<PhasePlan> plan_phases(const MessageCosts& costs, const MessageEndRules* ends,
                                   const Group& group, const Schedule& schedule, Bytes element,
                                   const StepCosts* step_costs);

}  // namespace rehearse
