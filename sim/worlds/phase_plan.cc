#include "sim/worlds/phase_plan.h"

#include <unordered_map>
#include <utility>

#include "sim/worlds/message_end_rules.h"

namespace rehearse {
namespace {

// By rank of the group, how many ranks of its node are among those of `sends`.
std::vector<int> senders_by_rank(const MessageCosts& costs, const Group& group,
                                 const std::vector<bool>& sends) {
  std::unordered_map<NodeId, int> of_node;
  const auto node = [&](int rank) {
    return costs.network().node_of(costs.device(group.world_rank(rank)));
  };
  for (int rank = 0; rank < group.size(); ++rank) {
    if (sends[static_cast<std::size_t>(rank)]) ++of_node[node(rank)];
  }
  std::vector<int> senders(sends.size());
  for (int rank = 0; rank < group.size(); ++rank) {
    senders[static_cast<std::size_t>(rank)] = of_node[node(rank)];
  }
  return senders;
}

Duration step_latency(const MessageCosts& costs, const MessageEndRules* ends, int from, int to,
                      Bytes message, const StepCosts* step_costs) {
  if (ends != nullptr && step_costs == nullptr) return ends->step_latency(from, to, message);
  return costs.latency(from, to, message, step_costs);
}

}  // namespace

std::vector<PhasePlan> plan_phases(const MessageCosts& costs, const MessageEndRules* ends,
                                   const Group& group, const Schedule& schedule, Bytes element,
                                   const StepCosts* step_costs) {
  std::vector<PhasePlan> plans;
  std::vector<Volume> volumes;
  for (const Phase& phase : schedule.phases()) {
    // Phases of one round are executed message by message and need no more than their number.
    if (phase.rounds == 1 && !phase.steps.known()) {
      plans.push_back({phase});
      continue;
    }
    const auto members = static_cast<std::size_t>(group.size());
    PhasePlan plan{phase, std::vector<std::vector<Place>>(members), std::vector<Duration>(members),
                   std::vector<Duration>(members), std::vector<bool>(members)};
    std::vector<FlowOf> flows_between_nodes;
    std::vector<bool> sends(members);  // to other nodes
    int flows = 0;
    int between = 0;
    for (int rank = 0; rank < group.size(); ++rank) {
      volumes.clear();
      schedule.volumes(rank, phase, volumes);
      const int from = group.world_rank(rank);
      for (const Volume& volume : volumes) {
        const int to = group.world_rank(volume.peer);
        const bool stays = costs.same_node(from, to);
        if (stays && phase.switched > 0) continue;
        const Bytes message = element * static_cast<double>(volume.elements) / volume.messages;
        plan.sources[static_cast<std::size_t>(volume.peer)].push_back(from);
        plan.additions[static_cast<std::size_t>(volume.peer)] +=
            costs.gather_copy(from, to, message * volume.messages);
        plan.copying[static_cast<std::size_t>(volume.peer)] +=
            costs.copying(from, to, message).value_or(Duration(0)) * volume.messages;
        if (!stays) {
          sends[static_cast<std::size_t>(rank)] = true;
          plan.leaves_node[static_cast<std::size_t>(rank)] = true;
          plan.leaves_node[static_cast<std::size_t>(volume.peer)] = true;
          flows_between_nodes.push_back({rank, volume.peer, message * volume.messages});
          ++between;
        }
        ++flows;
        const Duration step = step_latency(costs, ends, from, to, message, step_costs);
        const Duration whole = costs.route_latency(from, to);
        const Duration route = step_costs == nullptr ? whole
                               : stays               ? Duration(0)
                                       : step_costs->between_on(whole) - step_costs->between;
        plan.mean_step_latency += step;
        plan.mean_route_latency += route;
        PhasePlan::Hop& hop = stays ? plan.inside : plan.between;
        hop.route += route;
        hop.step += step;
      }
      volumes.clear();
      schedule.added(rank, phase, volumes);
      for (const Volume& volume : volumes) {
        const int peer = group.world_rank(volume.peer);
        const Bytes received = element * static_cast<double>(volume.elements);
        plan.additions[static_cast<std::size_t>(rank)] +=
            costs.addition(peer, from, received) - costs.gather_copy(peer, from, received);
      }
    }
    if (ends != nullptr) {
      plan.acknowledged = ends->acknowledged_apart(group.size(), flows_between_nodes);
    }
    if (step_costs != nullptr) plan.senders = senders_by_rank(costs, group, sends);
    if (flows > 0) {
      plan.mean_route_latency *= 1.0 / flows;
      plan.mean_step_latency *= 1.0 / flows;
    }
    if (flows > between) {
      plan.inside.route *= 1.0 / (flows - between);
      plan.inside.step *= 1.0 / (flows - between);
    } else if (phase.switched > 0) {
      const Network& network = costs.network();
      const LinkId up = network.device_link(costs.device(group.world_rank(0)));
      plan.inside = {step_costs == nullptr ? 2 * network.link(up).latency : Duration(0),
                     step_costs == nullptr ? Duration(0) : step_costs->inside};
    }
    if (between > 0) {
      plan.between.route *= 1.0 / between;
      plan.between.step *= 1.0 / between;
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace rehearse
