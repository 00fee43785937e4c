#include "sim/collectives/phase_flows.h"

#include <algorithm>
#include <cmath>

namespace rehearse {

void CollectivePatterns::collect(const Group& group, const Schedule& schedule, const Phase& phase,
                                 double whole, Flows& flows, std::vector<double>& copied) const {
  const auto device = [&](int rank) {
    return workers_[static_cast<std::size_t>(group.world_rank(rank))];
  };
  const auto same_node = [&](int a, int b) {
    return network_.node_of(device(a)) == network_.node_of(device(b));
  };
  std::vector<Volume> volumes;
  std::vector<Action> actions;
  std::vector<double> additions(static_cast<std::size_t>(group.size()));
  // What a rank takes to add what comes from a peer, or else to copy it.
  const auto addition = [&](int rank, int peer, std::int64_t elements) {
    const Bytes share(static_cast<double>(elements) / whole);
    return (same_node(rank, peer) ? profile_.local_addition(share) : profile_.addition(share))
        .value();
  };
  const auto gather_copy = [&](int rank, int peer, std::int64_t elements) {
    const Bytes share(static_cast<double>(elements) / whole);
    return same_node(rank, peer) ? 0 : profile_.gather_copy(share).value();
  };
  for (int rank = 0; rank < group.size(); ++rank) {
    double& mine = additions[static_cast<std::size_t>(rank)];
    const auto add = [&](int peer, std::int64_t elements, int messages) {
      const double share = static_cast<double>(elements) / whole;
      const bool stays = same_node(rank, peer);
      if (phase.switched > 0 && stays) return;
      const double on_wire = stays ? share : profile_.ends.on_wire(Bytes(share), {}).value();
      flows.add(network_.node_of(device(rank)), {device(rank), device(peer), on_wire}, share,
                messages, stays);
      if (phase.rounds == 1 && !phase.steps.known())
        flows.ranks.emplace_back(group.world_rank(rank), group.world_rank(peer));
      if (cores_copy_ && stays) copied[static_cast<std::size_t>(group.world_rank(peer))] += share;
    };
    const bool round = phase.rounds == 1 && !phase.steps.known();
    if (round) {
      actions.clear();
      schedule.actions(rank, phase.first_round, actions);
      for (const Action& a : actions) {
        if (a.kind == Action::Kind::send) add(a.peer, a.elements, 1);
        if (a.kind == Action::Kind::receive_add) mine += addition(rank, a.peer, a.elements);
        if (a.kind == Action::Kind::receive) mine += gather_copy(rank, a.peer, a.elements);
      }
    } else {
      volumes.clear();
      schedule.volumes(rank, phase, volumes);
      for (const Volume& v : volumes) {
        add(v.peer, v.elements, v.messages);
        additions[static_cast<std::size_t>(v.peer)] += gather_copy(v.peer, rank, v.elements);
      }
      volumes.clear();
      schedule.added(rank, phase, volumes);
      // These are not copied, as all that comes was taken to be.
      for (const Volume& v : volumes) {
        mine += addition(rank, v.peer, v.elements) - gather_copy(rank, v.peer, v.elements);
      }
    }
    flows.next_rank();
  }
  for (const double one : additions) {
    flows.pattern.additions = std::max(flows.pattern.additions, one);
  }
}

void CollectivePatterns::look_at_nodes(const Phase& phase, double whole, Flows& flows) const {
  PhasePattern& pattern = flows.pattern;
  if (pattern.remote.nodes > 0) {
    const double senders =
        static_cast<double>(flows.senders) / static_cast<double>(pattern.remote.nodes);
    const double nics = network_.nics_per_node();
    pattern.nics_per_sender = senders > nics
                                  ? nics / senders
                                  : std::max(1.0, std::floor(nics / network_.devices_per_node()));
  }
  if (phase.switched == 0) return;
  pattern.switched = static_cast<double>(phase.switched) / whole;
  const Link link = network_.link(network_.device_link(workers_.front()));
  pattern.switch_link = link.bandwidth;
  pattern.local.mean_route = 2 * link.latency;
}

}  // namespace rehearse
