#include "sim/worlds/round_ends.h"

#include <algorithm>
#include <set>

namespace rehearse {
namespace {

using Kind = Action::Kind;

// What goes the other way between the same two ranks, if anything.
const Action* counterpart(const std::vector<Action>& actions, const Action& action) {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const Action& other) {
    return other.peer == action.peer && (other.kind == Kind::send) != (action.kind == Kind::send);
  });
  return found == actions.end() ? nullptr : &*found;
}

}  // namespace

RoundEnds round_ends(Fabric& fabric, const Group& group, int rank,
                     const std::vector<Action>& actions, Bytes element, Duration now, Duration idle,
                     bool follows) {
  const MessageEnds& ends = fabric.ends();
  const auto payload = [&](const Action& a) { return element * static_cast<double>(a.elements); };
  const auto peer_of = [&](const Action& a) { return group.world_rank(a.peer); };
  Bytes sent;
  Bytes acknowledged;
  for (const Action& a : actions) {
    if (fabric.same_node(rank, peer_of(a))) continue;
    if (a.kind == Kind::send) {
      sent += payload(a);
    } else if (counterpart(actions, a) == nullptr) {
      acknowledged += payload(a);
    }
  }
  RoundEnds round{std::vector<Bytes>(actions.size()), std::vector<bool>(actions.size())};
  const Fabric::LastRound last = fabric.last_round(rank);
  Fabric::LastRound here;
  bool burst_left = true;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const Action& a = actions[i];
    const Bytes size = payload(a);
    const int peer = peer_of(a);
    round.on_wire[i] = size;
    if (a.kind != Kind::send || fabric.same_node(rank, peer)) continue;
    const Bandwidth link = fabric.first_link(rank, peer);
    const Bytes apart = sent > Bytes(0) ? acknowledged * (size / sent) : Bytes(0);
    round.on_wire[i] = ends.on_wire(size, apart);
    if (burst_left && ends.idle_burst > Bytes(0)) {
      round.on_wire[i] -= std::min(ends.burst_after(idle, link), round.on_wire[i]);
      burst_left = false;
    }
    here.sending += round.on_wire[i] / link;
    here.peer = peer;
    const Action* theirs = counterpart(actions, a);
    if (!follows || theirs == nullptr) continue;
    if (!ends.handshakes(size) || !ends.handshakes(payload(*theirs))) continue;
    const auto waited = fabric.meet(group, rank, peer, now);
    const Duration skew = ends.departure_apart(last.peer == peer ? Duration(0) : last.sending);
    round.after_theirs[i] =
        waited && (last.turns || *waited + skew > fabric.announcement_after_data(peer, rank));
    here.turns = here.turns || round.after_theirs[i];
    // The peer is in this round since before.
    if (round.after_theirs[i]) fabric.last_round(peer).turns = true;
  }
  fabric.last_round(rank) = here;
  return round;
}

std::vector<double> acknowledged_apart(int ranks, const std::vector<FlowOf>& flows) {
  std::set<std::pair<int, int>> pairs;
  std::vector<Bytes> sent(static_cast<std::size_t>(ranks));
  for (const FlowOf& flow : flows) {
    pairs.insert({flow.from, flow.to});
    sent[static_cast<std::size_t>(flow.from)] += flow.payload;
  }
  std::vector<double> shares(static_cast<std::size_t>(ranks));
  for (const FlowOf& flow : flows) {
    const auto to = static_cast<std::size_t>(flow.to);
    if (pairs.contains({flow.to, flow.from}) || sent[to] == Bytes(0)) continue;
    shares[to] += flow.payload / sent[to];
  }
  return shares;
}

Bytes flow_on_wire(const Fabric& fabric, const PhasePlan& plan, const Group& group,
                   const FlowOf& flow, int messages) {
  const MessageEnds& ends = fabric.ends();
  const int from = group.world_rank(flow.from);
  const int to = group.world_rank(flow.to);
  if (ends.add_nothing() || fabric.same_node(from, to)) return flow.payload;
  const double share =
      plan.acknowledged.empty() ? 0 : plan.acknowledged[static_cast<std::size_t>(flow.from)];
  Bytes size = ends.on_wire(flow.payload, flow.payload * share);
  if (ends.idle_burst > Bytes(0)) {
    // Between the messages of two rounds a sender idles for their latencies.
    const Duration idle = plan.mean_route_latency + plan.mean_step_latency;
    size -= std::min(size, messages * ends.burst_after(idle, fabric.first_link(from, to)));
  }
  return size;
}

}  // namespace rehearse
