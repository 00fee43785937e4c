#include "sim/collectives/collective_pattern.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "base/contract.h"
#include "sim/collectives/phase_flows.h"

namespace rehearse {

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
                                       const StackProfile& profile, bool shares_core,
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
  const auto even = even_size(schedule);
  return known_.emplace(key, trace(family, *even)).first->second;
}

// A size of which neither P parts nor repeated halves are rounded, nor, of jobs that are not huge
// anyway, parts of up to 8 devices and 16 channels.
std::unique_ptr<Schedule> CollectivePatterns::even_size(const Schedule& schedule) {
  constexpr std::int64_t kParts = std::int64_t{840} * 32;
  const auto ranks = static_cast<unsigned>(schedule.ranks());
  const std::int64_t parts = ranks <= 4096 ? kParts : 1;
  return schedule.resized(std::int64_t{ranks} * std::bit_floor(ranks) * parts);
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

// What all devices of the family give to the switches of their nodes, and take.
void CollectivePatterns::add_switched(const GroupFamily& family, CollectivePattern& total) const {
  double switched = 0;
  for (const PhasePattern& phase : total.phases) switched += phase.switched;
  if (switched == 0) return;
  for (const auto& group : family) {
    for (int rank = 0; rank < group->size(); ++rank) {
      const LinkId up =
          network_.device_link(workers_[static_cast<std::size_t>(group->world_rank(rank))]);
      total.link_shares[static_cast<std::size_t>(up)] += switched;
      total.link_shares[static_cast<std::size_t>(Network::reverse(up))] += switched;
    }
  }
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
    look_at_nodes(phase, whole, flows);
    auto known = routed.find(flows.fingerprint);
    if (known == routed.end()) {
      if (routed.size() == kMostRemembered) add_links(routed, total);
      known = routed.emplace(flows.fingerprint, route(flows, progress.last())).first;
    }
    Routed& same = known->second;
    ++same.uses;
    PhasePattern pattern = same.pattern;
    pattern.rounds = phase.rounds;
    pattern.slices = phase.steps.slices;
    pattern.additions = flows.pattern.additions;
    pattern.copied = flows.pattern.copied;
    pattern.bottleneck = phase.rounds == 1 && !phase.steps.known()
                             ? progress.apart(flows.ranks, same)
                             : progress.together(same.longest);
    total.phases.push_back(pattern);
    total.messages += static_cast<double>(flows.flows.size()) * phase.rounds;
    total.hops += same.hops * phase.rounds;
  }
  add_links(routed, total);
  add_switched(family, total);
  return total;
}

}  // namespace rehearse
