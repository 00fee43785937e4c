#include "sim/collective_pattern.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <utility>

#include "base/contract.h"
#include "topologies/shape.h"
#include "topologies/traffic.h"

namespace rehearse {

// The flows of one phase, in the order of the ranks that send them.
struct CollectivePatterns::Flows {
  std::vector<TrafficFlow> flows;  // bytes: shares of the buffer, with headers
  std::vector<bool> stays;         // in its node, by flow
  PhasePattern pattern;
  std::array<NodeId, 2> last_node{-1, -1};  // that sent, by whether the flow stays
  std::uint64_t fingerprint = 0;

  void clear() {
    flows.clear();
    stays.clear();
    pattern = {};
    last_node = {-1, -1};
    fingerprint = 0;
  }

  void add(NodeId sender, const TrafficFlow& flow, double payload, int messages, bool same_node) {
    flows.push_back(flow);
    stays.push_back(same_node);
    PhasePattern::Flows& kin = same_node ? pattern.local : pattern.remote;
    ++kin.count;
    if (std::exchange(last_node[same_node ? 1 : 0], sender) != sender) ++kin.nodes;
    if (payload > kin.share || kin.messages == 0) {
      kin.share = payload;
      kin.messages = messages;
    }
    const auto pair =
        static_cast<std::uint64_t>(flow.src) << 32 | static_cast<std::uint64_t>(flow.dst);
    fingerprint = mixed(fingerprint + mixed(pair) + std::bit_cast<std::uint64_t>(flow.bytes));
  }
};

// A phase as it was routed.
struct CollectivePatterns::Routed {
  PhasePattern pattern;
  std::vector<double> link_shares;
  double hops = 0;
};

CollectivePatterns::CollectivePatterns(const Network& network, const Router& router,
                                       const std::vector<EndpointId>& workers,
                                       const FabricProfile& profile, bool shares_core,
                                       std::vector<GroupFamily> families)
    : network_(network),
      router_(router),
      workers_(workers),
      profile_(profile),
      cores_copy_(shares_core && profile.local_message(Bytes(0)).bandwidth),
      families_(std::move(families)) {
  std::vector<int> all(workers.size());
  std::iota(all.begin(), all.end(), 0);
  families_.insert(families_.begin(), {std::make_shared<Group>(0, std::move(all))});
  for (std::size_t f = 0; f < families_.size(); ++f) {
    for (const auto& group : families_[f]) family_of_.emplace(group->id(), f);
  }
}

const CollectivePattern& CollectivePatterns::of(const Group& group, const Schedule& schedule) {
  EXPECTS(knows(group) && schedule.ranks() == group.size());
  const std::size_t index = family_of_.at(group.id());
  const GroupFamily& family = families_[index];
  const std::pair key{index, schedule.kind()};
  if (key.second.empty()) {
    return known_.insert_or_assign(key, trace(family, schedule)).first->second;
  }
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  // A size of which neither P parts nor repeated halves are rounded.
  const auto ranks = static_cast<unsigned>(schedule.ranks());
  const auto even = schedule.resized(std::int64_t{ranks} * std::bit_floor(ranks));
  return known_.emplace(key, trace(family, *even)).first->second;
}

CollectivePattern CollectivePatterns::trace(const GroupFamily& family,
                                            const Schedule& schedule) const {
  CollectivePattern total;
  total.link_shares.resize(static_cast<std::size_t>(network_.links()));
  const double whole = static_cast<double>(std::max<std::int64_t>(1, schedule.elements()));
  for (int rank = 0; rank < schedule.ranks(); ++rank) {
    total.staged = std::max(total.staged, static_cast<double>(schedule.staged(rank)) / whole);
  }
  // An exchange goes back the way it came: equal sets of flows are routed once. Few are remembered,
  // so that an all-to-all, which repeats nothing, does not keep a copy of the network per rank.
  constexpr std::size_t kMostRemembered = 64;
  std::map<std::uint64_t, Routed> routed;
  Flows flows;
  for (const Phase& phase : schedule.phases()) {
    flows.clear();
    std::vector<double> copied(cores_copy_ ? workers_.size() : 0);
    for (const auto& group : family) collect(*group, schedule, phase, whole, flows, copied);
    if (cores_copy_) flows.pattern.copied = *std::max_element(copied.begin(), copied.end());
    auto known = routed.find(flows.fingerprint);
    if (known == routed.end()) {
      if (routed.size() == kMostRemembered) routed.clear();
      known = routed.emplace(flows.fingerprint, route(flows)).first;
    }
    const Routed& same = known->second;
    PhasePattern pattern = same.pattern;
    pattern.rounds = phase.rounds;
    pattern.additions = flows.pattern.additions;
    pattern.copied = flows.pattern.copied;
    total.phases.push_back(pattern);
    total.messages += static_cast<double>(flows.flows.size()) * phase.rounds;
    total.hops += same.hops * phase.rounds;
    for (std::size_t i = 0; i < same.link_shares.size(); ++i) {
      total.link_shares[i] += same.link_shares[i];
    }
  }
  return total;
}

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
  for (int rank = 0; rank < group.size(); ++rank) {
    double additions = 0;
    const auto add = [&](int peer, std::int64_t elements, int messages) {
      const double share = static_cast<double>(elements) / whole;
      const bool stays = same_node(rank, peer);
      const double on_wire = stays ? share : profile_.ends.on_wire(Bytes(share), {}).value();
      flows.add(network_.node_of(device(rank)), {device(rank), device(peer), on_wire}, share,
                messages, stays);
      if (cores_copy_ && stays) copied[static_cast<std::size_t>(group.world_rank(peer))] += share;
    };
    const auto receive = [&](int peer, std::int64_t elements) {
      const Bytes share(static_cast<double>(elements) / whole);
      additions +=
          (same_node(rank, peer) ? profile_.local_addition(share) : profile_.addition(share))
              .value();
    };
    if (phase.rounds == 1) {
      actions.clear();
      schedule.actions(rank, phase.first_round, actions);
      for (const Action& a : actions) {
        if (a.kind == Action::Kind::send) add(a.peer, a.elements, 1);
        if (a.kind == Action::Kind::receive_add) receive(a.peer, a.elements);
      }
    } else {
      volumes.clear();
      schedule.volumes(rank, phase, volumes);
      for (const Volume& v : volumes) add(v.peer, v.elements, v.messages);
      volumes.clear();
      schedule.added(rank, phase, volumes);
      for (const Volume& v : volumes) receive(v.peer, v.elements);
    }
    flows.pattern.additions = std::max(flows.pattern.additions, additions);
  }
}

CollectivePatterns::Routed CollectivePatterns::route(const Flows& flows) const {
  Traffic traffic = route_traffic(network_, router_, flows.flows);
  Routed routed{flows.pattern, std::move(traffic.bytes),
                traffic.mean_hops * static_cast<double>(flows.flows.size())};
  PhasePattern& pattern = routed.pattern;
  pattern.bottleneck = traffic.bottleneck.value();
  pattern.mean_route = traffic.mean_latency;
  pattern.longest_route = traffic.longest_latency;
  if (cores_copy_ && pattern.local.count > 0) {
    std::vector<TrafficFlow> leaving;
    for (std::size_t i = 0; i < flows.flows.size(); ++i) {
      if (!flows.stays[i]) leaving.push_back(flows.flows[i]);
    }
    pattern.bottleneck = route_traffic(network_, router_, leaving).bottleneck.value();
  }
  return routed;
}

}  // namespace rehearse
