#include "topologies/routing/traffic_split.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "topologies/routing/flow_ends.h"

namespace rehearse {
namespace {

constexpr int kFewestIterations = 8;  // before a small change may end it

// Few flows see more detours: of so many keys, each with candidates of its own.
std::uint64_t keys_for(std::size_t flows) {
  return std::clamp<std::uint64_t>(4096 / std::max<std::size_t>(flows, 1), 1, 4);
}

class Balance {
 public:
  Balance(const Network& network, const Router& router, std::span<const TrafficFlow> flows)
      : flows_(flows) {
    split_.first.reserve(flows.size() + 1);
    // All NICs of a device, too.
    const std::uint64_t keys = std::max<std::uint64_t>(
        keys_for(flows.size()), static_cast<std::uint64_t>(stripes(network)));
    for (const TrafficFlow& flow : flows) {
      split_.first.push_back(split_.candidates.routes.size());
      for (std::uint64_t key = 0; key < keys; ++key) {
        router.candidates(flow.src, flow.dst, key, split_.candidates);
      }
    }
    split_.first.push_back(split_.candidates.routes.size());
    split_.share.resize(split_.candidates.routes.size());
    number_links(network);
    for (std::size_t f = 0; f < flows.size(); ++f) {
      split_.share[split_.first[f]] = 1;
      put(split_.first[f], flows[f].bytes);
    }
  }

  TrafficSplit run() {
    double last = bottleneck();
    for (int k = 1; k <= kSplitIterations; ++k) {
      bool moved = false;
      for (std::size_t f = 0; f < flows_.size(); ++f) moved = move(f, 1.0 / k) || moved;
      const double now = bottleneck();
      split_.iterations = k;
      split_.residual = now > 0 ? std::abs(now - last) / now : 0;
      last = now;
      if (!moved || (k >= kFewestIterations && split_.residual < kSplitResidual)) break;
    }
    return std::move(split_);
  }

 private:
  // The links that any candidate uses, numbered densely: tables of them stay in the caches.
  void number_links(const Network& network) {
    std::vector<std::int32_t> number(static_cast<std::size_t>(network.links()), -1);
    links_.reserve(split_.candidates.links.size());
    for (const LinkId id : split_.candidates.links) {
      std::int32_t& slot = number[static_cast<std::size_t>(id)];
      if (slot < 0) {
        slot = static_cast<std::int32_t>(seconds_per_byte_.size());
        seconds_per_byte_.push_back(1 / network.link(id).bandwidth.value());
      }
      links_.push_back(slot);
    }
    seconds_.resize(seconds_per_byte_.size());
  }

  [[nodiscard]] std::span<const std::int32_t> links_of(std::size_t route) const {
    const Candidates::Route& r = split_.candidates.routes[route];
    return {links_.data() + r.begin, links_.data() + r.end};
  }

  void put(std::size_t route, double bytes) {
    for (const std::int32_t link : links_of(route)) {
      const auto i = static_cast<std::size_t>(link);
      seconds_[i] += bytes * seconds_per_byte_[i];
    }
  }

  // If so many more bytes take it.
  [[nodiscard]] double cost(std::size_t route, double more) const {
    double worst = 0;
    for (const std::int32_t link : links_of(route)) {
      const auto i = static_cast<std::size_t>(link);
      worst = std::max(worst, seconds_[i] + more * seconds_per_byte_[i]);
    }
    return worst * split_.candidates.routes[route].factor;
  }

  // Returns whether anything moved.
  bool move(std::size_t flow, double step) {
    const std::size_t begin = split_.first[flow];
    const std::size_t end = split_.first[flow + 1];
    if (end - begin < 2) return false;
    std::size_t best = begin;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t r = begin; r < end; ++r) {
      const double moved = step * (1 - split_.share[r]) * flows_[flow].bytes;
      if (const double c = cost(r, moved); c < least) {
        best = r;
        least = c;
      }
    }
    if (split_.share[best] == 1) return false;
    for (std::size_t r = begin; r < end; ++r) {
      const double change = step * ((r == best ? 1 : 0) - split_.share[r]);
      if (change == 0) continue;
      split_.share[r] += change;
      put(r, change * flows_[flow].bytes);
    }
    return true;
  }

  [[nodiscard]] double bottleneck() const {
    return seconds_.empty() ? 0 : *std::max_element(seconds_.begin(), seconds_.end());
  }

  std::span<const TrafficFlow> flows_;
  TrafficSplit split_;
  std::vector<std::int32_t> links_;       // as split_.candidates.links, by their dense numbers
  std::vector<double> seconds_per_byte_;  // of each link
  std::vector<double> seconds_;           // in which it carries what the flows put on it now
};

}  // namespace

TrafficSplit split_by_load(const Network& network, const Router& router,
                           std::span<const TrafficFlow> flows) {
  return Balance(network, router, flows).run();
}

}  // namespace rehearse
