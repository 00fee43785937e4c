#include "sim/network/fair_sharing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/contract.h"

namespace rehearse {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// Rates that differ by less are equal: rounding of sums over thousands of flows stays well below.
constexpr double kEqual = 1e-9;

}  // namespace

FairSharing::FairSharing(std::vector<double> capacities) : links_(capacities.size()) {
  for (std::size_t i = 0; i < capacities.size(); ++i) {
    EXPECTS(capacities[i] > 0);
    links_[i].capacity = capacities[i];
  }
}

FairSharing::Flow FairSharing::add(std::span<const LinkId> path, double most) {
  EXPECTS(most > 0 && (!path.empty() || most < kUnlimited));
  if (free_.empty()) {
    free_.push_back(static_cast<Flow>(flows_.size()));
    flows_.emplace_back();
  }
  const Flow flow = free_.back();
  free_.pop_back();
  State& state = flows_[index(flow)];
  state.most = most;
  state.rate = state.before = 0;
  state.bottleneck = kNone;
  state.alive = true;
  state.hops.clear();
  for (const LinkId link : path) {
    auto& members = links_[index(link)].members;
    members.push_back({flow, static_cast<std::int32_t>(state.hops.size())});
    state.hops.push_back({link, static_cast<std::int32_t>(members.size()) - 1});
  }
  open(flow);
  return flow;
}

void FairSharing::remove(Flow flow) {
  State& state = flows_[index(flow)];
  EXPECTS(state.alive);
  for (const Hop& hop : state.hops) {
    auto& members = links_[index(hop.link)].members;
    const Member moved = members.back();
    members[index(hop.place)] = moved;
    flows_[index(moved.flow)].hops[index(moved.hop)].place = hop.place;
    members.pop_back();
  }
  state.alive = false;
  for (const Hop& hop : state.hops) {
    for (const Member& member : links_[index(hop.link)].members) {
      if (flows_[index(member.flow)].bottleneck == hop.link) open(member.flow);
    }
  }
  free_.push_back(flow);
}

void FairSharing::open(Flow flow) {
  State& state = flows_[index(flow)];
  if (state.open) return;
  state.open = true;
  open_.push_back(flow);
}

void FairSharing::touch(LinkId link) {
  LinkState& state = links_[index(link)];
  if (state.touched) return;
  state.touched = true;
  touched_.push_back(link);
}

void FairSharing::settle(std::vector<Change>& changed) {
  changed.clear();
  // Flows that were removed after they had been opened have nothing to be filled, and the number of
  // one that came in its place is here once.
  std::erase_if(open_, [&](Flow flow) {
    State& state = flows_[index(flow)];
    if (!state.alive) state.open = false;
    return !state.alive;
  });
  if (open_.empty()) return;
  do {
    fill();
  } while (open_unfair());
  for (const Flow flow : open_) {
    State& state = flows_[index(flow)];
    state.open = false;
    if (state.rate != state.before) changed.push_back({flow, state.before});
    state.before = state.rate;
  }
  open_.clear();
  for (const LinkId link : touched_) links_[index(link)].touched = false;
  touched_.clear();
}

void FairSharing::prepare_links() {
  for (const Flow flow : open_) {
    State& state = flows_[index(flow)];
    state.fixed = false;
    for (const Hop& hop : state.hops) touch(hop.link);
  }
  shares_.clear();
  for (const LinkId link : touched_) {
    LinkState& state = links_[index(link)];
    state.left = state.capacity;
    state.open = 0;
    for (const Member& member : state.members) {
      const State& flow = flows_[index(member.flow)];
      flow.open ? ++state.open : state.left -= flow.rate;
    }
    state.left = std::max(state.left, 0.0);
    if (state.open > 0) shares_.push_back({state.left / state.open, link});
  }
  std::make_heap(shares_.begin(), shares_.end(), std::greater<>());
  limited_.clear();
  for (const Flow flow : open_) {
    if (flows_[index(flow)].most < kUnlimited) limited_.push_back(flow);
  }
  std::sort(limited_.begin(), limited_.end(), [&](Flow a, Flow b) {
    const double most_a = flows_[index(a)].most;
    const double most_b = flows_[index(b)].most;
    return most_a != most_b ? most_a < most_b : a < b;
  });
}

void FairSharing::fix(Flow flow, double rate, std::int32_t bottleneck) {
  State& state = flows_[index(flow)];
  state.fixed = true;
  state.rate = rate;
  state.bottleneck = bottleneck;
  for (const Hop& hop : state.hops) {
    LinkState& link = links_[index(hop.link)];
    link.left = std::max(link.left - rate, 0.0);
    --link.open;
  }
}

void FairSharing::fill() {
  prepare_links();
  std::size_t next_limited = 0;
  const auto skip_fixed = [&] {
    while (next_limited < limited_.size() && flows_[index(limited_[next_limited])].fixed) {
      ++next_limited;
    }
  };
  while (!shares_.empty()) {
    const Share least = shares_.front();
    skip_fixed();
    if (next_limited < limited_.size()) {
      const Flow flow = limited_[next_limited];
      const double most = flows_[index(flow)].most;
      if (most <= least.level) {
        fix(flow, most, kItself);
        continue;
      }
    }
    std::pop_heap(shares_.begin(), shares_.end(), std::greater<>());
    shares_.pop_back();
    LinkState& link = links_[index(least.link)];
    if (link.open == 0) continue;
    // Shares only grow while others are filled, so that an old one is a lower bound.
    const double level = link.left / link.open;
    if (level > least.level * (1 + kEqual * 1e-3)) {
      shares_.push_back({level, least.link});
      std::push_heap(shares_.begin(), shares_.end(), std::greater<>());
      continue;
    }
    for (const Member& member : link.members) {
      const State& flow = flows_[index(member.flow)];
      if (flow.open && !flow.fixed) fix(member.flow, level, least.link);
    }
  }
  for (; next_limited < limited_.size(); ++next_limited) {
    const Flow flow = limited_[next_limited];
    if (!flows_[index(flow)].fixed) fix(flow, flows_[index(flow)].most, kItself);
  }
}

bool FairSharing::open_unfair() {
  const std::size_t before = open_.size();
  for (const LinkId id : touched_) {
    const LinkState& link = links_[index(id)];
    double used = 0;
    double top = 0;
    double level = kUnlimited;  // of the open flows that this link holds back
    for (const Member& member : link.members) {
      const State& flow = flows_[index(member.flow)];
      used += flow.rate;
      top = std::max(top, flow.rate);
      if (flow.open && flow.bottleneck == id) level = flow.rate;
    }
    const bool full = used >= link.capacity * (1 - kEqual);
    for (const Member& member : link.members) {
      const State& flow = flows_[index(member.flow)];
      if (flow.open) continue;
      const bool lost = flow.bottleneck == id && (!full || flow.rate < top * (1 - kEqual));
      const bool too_fast = flow.rate > level * (1 + kEqual);
      if (lost || too_fast) open(member.flow);
    }
  }
  return open_.size() > before;
}

}  // namespace rehearse
