#include "sim/collective_pattern.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/contract.h"
#include "topologies/shape.h"
#include "topologies/traffic.h"

namespace rehearse {

// The flows of one phase, in the order of the ranks that send them.
struct CollectivePatterns::Flows {
  std::vector<TrafficFlow> flows;          // bytes: shares of the buffer, with headers
  std::vector<bool> stays;                 // in its node, by flow
  std::vector<std::pair<int, int>> ranks;  // that send and receive, by flow; none if of many rounds
  PhasePattern pattern;
  std::array<NodeId, 2> last_node{-1, -1};  // that sent, by whether the flow stays
  std::uint64_t fingerprint = 0;

  void clear() {
    flows.clear();
    stays.clear();
    ranks.clear();
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
  double longest = 0;         // that a flow takes, s per byte of the buffer
  std::vector<double> times;  // of the flows, or none if all take the longest
  int uses = 0;
};

// When each rank is done with what it has done so far, s per byte of the buffer.
class CollectivePatterns::Progress {
 public:
  explicit Progress(int ranks) : done_(static_cast<std::size_t>(ranks)) {}

  // All enter and leave the phase together; returns by how much it lengthens the whole.
  double together(double time) {
    last_ += time;
    std::fill(done_.begin(), done_.end(), last_);
    return time;
  }

  // Each flow begins when both of its ends are there.
  double apart(const std::vector<std::pair<int, int>>& ranks, const Routed& routed) {
    next_ = done_;
    double last = last_;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      const auto from = static_cast<std::size_t>(ranks[i].first);
      const auto to = static_cast<std::size_t>(ranks[i].second);
      const double end = std::max(done_[from], done_[to]) +
                         (routed.times.empty() ? routed.longest : routed.times[i]);
      next_[from] = std::max(next_[from], end);
      next_[to] = std::max(next_[to], end);
      last = std::max(last, end);
    }
    done_.swap(next_);
    return last - std::exchange(last_, last);
  }

  [[nodiscard]] double last() const { return last_; }

 private:
  std::vector<double> done_, next_;
  double last_ = 0;
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
      families_(std::move(families)),
      streams_(network, workers) {
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

// Adds what has been routed, as often as it was used, and forgets it.
void CollectivePatterns::add_links(std::map<std::uint64_t, Routed>& routed,
                                   CollectivePattern& total) {
  for (const auto& [fingerprint, same] : routed) {
    for (std::size_t i = 0; i < same.link_shares.size(); ++i) {
      total.link_shares[i] += same.uses * same.link_shares[i];
    }
  }
  routed.clear();
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
  Progress progress(ranks());
  for (const Phase& phase : schedule.phases()) {
    flows.clear();
    std::vector<double> copied(cores_copy_ ? workers_.size() : 0);
    for (const auto& group : family) collect(*group, schedule, phase, whole, flows, copied);
    if (cores_copy_) flows.pattern.copied = *std::max_element(copied.begin(), copied.end());
    auto known = routed.find(flows.fingerprint);
    if (known == routed.end()) {
      if (routed.size() == kMostRemembered) add_links(routed, total);
      known = routed.emplace(flows.fingerprint, route(flows, progress.last())).first;
    }
    Routed& same = known->second;
    ++same.uses;
    PhasePattern pattern = same.pattern;
    pattern.rounds = phase.rounds;
    pattern.additions = flows.pattern.additions;
    pattern.copied = flows.pattern.copied;
    pattern.bottleneck =
        phase.rounds == 1 ? progress.apart(flows.ranks, same) : progress.together(same.longest);
    total.phases.push_back(pattern);
    total.messages += static_cast<double>(flows.flows.size()) * phase.rounds;
    total.hops += same.hops * phase.rounds;
  }
  add_links(routed, total);
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
      const double on_wire = stays ? share : profile_.ends.on_wire(Bytes(share), {}).value();
      flows.add(network_.node_of(device(rank)), {device(rank), device(peer), on_wire}, share,
                messages, stays);
      if (phase.rounds == 1)
        flows.ranks.emplace_back(group.world_rank(rank), group.world_rank(peer));
      if (cores_copy_ && stays) copied[static_cast<std::size_t>(group.world_rank(peer))] += share;
    };
    if (phase.rounds == 1) {
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
  }
  for (const double one : additions) {
    flows.pattern.additions = std::max(flows.pattern.additions, one);
  }
}

CollectivePatterns::Routed CollectivePatterns::route(const Flows& flows, double before) const {
  const bool some_copied = cores_copy_ && flows.pattern.local.count > 0;
  Traffic traffic = route_traffic(network_, router_, flows.flows);
  Routed routed;
  routed.pattern = flows.pattern;
  routed.pattern.mean_route = traffic.mean_latency;
  routed.pattern.longest_route = traffic.longest_latency;
  routed.hops = traffic.mean_hops * static_cast<double>(flows.flows.size());
  routed.link_shares = std::move(traffic.bytes);
  if (!some_copied) {
    routed.longest = traffic.bottleneck.value();
    add_times(flows, routed.link_shares, before, routed);
    return routed;
  }
  std::vector<TrafficFlow> leaving = flows.flows;
  for (std::size_t i = 0; i < leaving.size(); ++i) {
    if (flows.stays[i]) leaving[i].bytes = 0;
  }
  traffic = route_traffic(network_, router_, leaving);
  routed.longest = traffic.bottleneck.value();
  add_times(flows, traffic.bytes, before, routed);
  return routed;
}

// A flow is as fast as its share of the most loaded link on its way. All are taken to be as long as
// the slowest where no link carries more than a NIC would, where the way is only known under load,
// in a phase of many rounds, and in one so short that nobody gets ahead by it.
void CollectivePatterns::add_times(const Flows& flows, const std::vector<double>& link_shares,
                                   double before, Routed& routed) const {
  constexpr double kShort = 0.002;  // of the time before
  const std::vector<double> loops = loop_times(flows);
  for (const double time : loops) routed.longest = std::max(routed.longest, time);
  const double largest = std::max(flows.pattern.local.share, flows.pattern.remote.share);
  Bandwidth nic = network_.link(network_.injection_link(0, 0)).bandwidth;
  nic = std::min(nic, profile_.receive_loop_on_wire().value_or(nic));
  const Bytes on_wire = profile_.ends.on_wire(Bytes(largest), {});
  const bool contended = routed.longest > 1.0001 * (on_wire / nic).value();
  if (flows.ranks.empty() || router_.looks_at_load() || !contended) return;
  if (routed.longest < kShort * before) return;
  std::vector<double> busy(link_shares.size());
  for (std::size_t i = 0; i < busy.size(); ++i) {
    if (link_shares[i] == 0) continue;
    busy[i] = (Bytes(link_shares[i]) / network_.link(static_cast<LinkId>(i)).bandwidth).value();
  }
  routed.times.reserve(flows.flows.size());
  std::vector<LinkId> path;
  for (std::size_t i = 0; i < flows.flows.size(); ++i) {
    const TrafficFlow& flow = flows.flows[i];
    double time = loops.empty() ? 0 : loops[i];
    for (int part = 0; part < router_.subflows(); ++part) {
      router_.route(flow.src, flow.dst, static_cast<std::uint64_t>(part), path);
      for (const LinkId id : path) time = std::max(time, busy[static_cast<std::size_t>(id)]);
    }
    routed.times.push_back(time);
  }
}

std::vector<double> CollectivePatterns::loop_times(const Flows& flows) const {
  const auto rate = profile_.receive_loop_on_wire();
  if (!rate) return {};
  std::unordered_map<EndpointId, double> received;
  for (std::size_t i = 0; i < flows.flows.size(); ++i) {
    if (!flows.stays[i]) received[flows.flows[i].dst] += flows.flows[i].bytes;
  }
  std::vector<double> times;
  for (std::size_t i = 0; i < flows.flows.size(); ++i) {
    const Bytes all(flows.stays[i] ? 0 : received[flows.flows[i].dst]);
    times.push_back((all / *rate).value());
  }
  return times;
}

}  // namespace rehearse
