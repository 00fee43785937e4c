#include "sim/network/fair_sharing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

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
  state.rate = state.before = state.counted = 0;
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
    LinkState& link = links_[index(hop.link)];
    link.used = members.empty() ? 0 : link.used - state.counted;
  }
  state.alive = false;
  for (const Hop& hop : state.hops) {
    LinkState& link = links_[index(hop.link)];
    if (state.bottleneck == hop.link) --link.held;
    open_held(hop.link);
  }
  free_.push_back(flow);
}

void FairSharing::open(Flow flow) {
  State& state = flows_[index(flow)];
  if (state.open) return;
  state.open = true;
  open_.push_back(flow);
}

void FairSharing::open_held(LinkId id) {
  const LinkState& link = links_[index(id)];
  if (link.held == 0) return;
  for (const Member& member : link.members) {
    if (flows_[index(member.flow)].bottleneck == id) open(member.flow);
  }
}

void FairSharing::touch(LinkId link) {
  LinkState& state = links_[index(link)];
  if (state.touched) return;
  state.touched = true;
  touched_.push_back(link);
  state.left = state.capacity - state.used;
  state.open = 0;
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
  if (!open_.empty()) {
    do {
      fill();
    } while (open_unfair());
    count_filled();
  }
  const auto tell = [&](Flow flow) {
    State& state = flows_[index(flow)];
    state.open = false;
    if (state.rate != state.before) changed.push_back({flow, state.before});
    state.before = state.rate;
  };
  std::ranges::for_each(open_, tell);
  open_.clear();
  for (const LinkId link : touched_) links_[index(link)].touched = false;
  touched_.clear();
}

void FairSharing::prepare_links() {
  for (const LinkId link : touched_) {
    links_[index(link)].left = links_[index(link)].capacity - links_[index(link)].used;
    links_[index(link)].open = 0;
  }
  limited_.clear();
  double most = 0;
  for (const Flow flow : open_) {
    State& state = flows_[index(flow)];
    state.fixed = false;
    most = std::max(most, state.most);
    if (state.most < kUnlimited) limited_.emplace_back(state.most, flow);
    for (const Hop& hop : state.hops) {
      touch(hop.link);
      ++links_[index(hop.link)].open;
      links_[index(hop.link)].left += state.counted;
    }
  }
  unfilled_ = open_.size();
  std::make_heap(limited_.begin(), limited_.end(), std::greater<>());
  shares_.clear();
  for (const LinkId link : touched_) {
    LinkState& state = links_[index(link)];
    if (index(state.open) == state.members.size()) state.left = state.capacity;  // without rounding
    // A link whose share is above all limits holds nobody back: shares only grow.
    if (state.open > 0 && state.share() <= most) shares_.push_back({state.share(), link});
  }
  std::make_heap(shares_.begin(), shares_.end(), std::greater<>());
}

void FairSharing::fix(Flow flow, double rate, std::int32_t bottleneck) {
  State& state = flows_[index(flow)];
  --unfilled_;
  state.fixed = true;
  state.rate = rate;
  if (state.bottleneck >= 0) --links_[index(state.bottleneck)].held;
  state.bottleneck = bottleneck;
  if (bottleneck >= 0) ++links_[index(bottleneck)].held;
  for (const Hop& hop : state.hops) {
    LinkState& link = links_[index(hop.link)];
    link.left -= rate;
    --link.open;
  }
}

bool FairSharing::fix_limited(double level) {
  const auto drop_first = [&] {
    std::pop_heap(limited_.begin(), limited_.end(), std::greater<>());
    limited_.pop_back();
  };
  while (!limited_.empty() && flows_[index(limited_.front().second)].fixed) drop_first();
  if (limited_.empty() || limited_.front().first > level) return false;
  const auto [most, flow] = limited_.front();
  drop_first();
  fix(flow, most, kItself);
  return true;
}

void FairSharing::fill() {
  prepare_links();
  while (unfilled_ > 0) {
    if (shares_.empty()) {
      const bool fixed = fix_limited(kUnlimited);
      ENSURES(fixed);
      continue;
    }
    const Share least = shares_.front();
    if (fix_limited(least.level)) continue;
    std::pop_heap(shares_.begin(), shares_.end(), std::greater<>());
    shares_.pop_back();
    const LinkState& link = links_[index(least.link)];
    if (link.open == 0) continue;
    // Shares only grow while others are filled, so that an old one is a lower bound.
    const double level = link.share();
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
}

void FairSharing::count_filled() {
  for (const LinkId link : touched_) {
    links_[index(link)].used = links_[index(link)].capacity - links_[index(link)].left;
  }
  for (const Flow flow : open_) flows_[index(flow)].counted = flows_[index(flow)].rate;
}

bool FairSharing::open_unfair() {
  const std::size_t before = open_.size();
  for (const LinkId id : touched_) {
    const LinkState& link = links_[index(id)];
    if (link.held == 0) continue;
    double top = 0;
    double level = kUnlimited;  // of the open flows that this link holds back
    for (const Member& member : link.members) {
      const State& flow = flows_[index(member.flow)];
      top = std::max(top, flow.rate);
      if (flow.open && flow.bottleneck == id) level = flow.rate;
    }
    const bool full = link.left <= link.capacity * kEqual;
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
