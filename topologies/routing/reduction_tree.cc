#include "topologies/routing/reduction_tree.h"

#include <algorithm>
#include <limits>

#include "base/contract.h"
#include "topologies/routing/flow_ends.h"

namespace rehearse {
namespace {

constexpr int kMostTries = 32;
constexpr std::int32_t kFar = std::numeric_limits<std::int32_t>::max();

// One of `count` things in a row.
std::size_t chosen(double choice, std::size_t count) {
  return std::min(static_cast<std::size_t>(choice * static_cast<double>(count)), count - 1);
}

class Switches {
 public:
  explicit Switches(const Network& network) : network_(network) {}

  // Hops from every switch to `to`; kFar where there is no way.
  [[nodiscard]] std::vector<std::int32_t> hops_to(std::int64_t to) const {
    std::vector<std::int32_t> hops(static_cast<std::size_t>(network_.switches()), kFar);
    std::vector<std::int64_t> queue{to};
    hops[static_cast<std::size_t>(to)] = 0;
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const std::int64_t at = queue[next];
      each_link(at, [&](LinkId, std::int64_t other) {
        auto& known = hops[static_cast<std::size_t>(other)];
        if (known != kFar) return;
        known = hops[static_cast<std::size_t>(at)] + 1;
        queue.push_back(other);
      });
    }
    return hops;
  }

  // Visits the links that work from one switch to another, and their far ends.
  template <class Visit>
  void each_link(std::int64_t at, Visit visit) const {
    for (const LinkId id : network_.links_from(network_.switch_vertex(at))) {
      const std::int64_t other = network_.link(id).to - network_.first_switch();
      if (other >= 0 && network_.works(id) && network_.switch_works(other)) visit(id, other);
    }
  }

 private:
  const Network& network_;
};

// The switch whose farthest leaf is nearest. A leaf that is farther from the best candidate than
// those looked at so far is looked at next; if there is none, no other switch can be better.
std::int64_t central_switch(const Switches& switches, const std::vector<std::int64_t>& leaves,
                            double choice) {
  std::int64_t best = leaves.front();
  std::int32_t best_depth = kFar;
  std::vector<std::int32_t> bound;  // hops to the farthest leaf looked at, by switch
  std::int64_t looked_at = leaves.front();
  for (int i = 0; i < kMostTries; ++i) {
    const std::vector<std::int32_t> hops = switches.hops_to(looked_at);
    bound.resize(hops.size());
    for (std::size_t s = 0; s < hops.size(); ++s) bound[s] = std::max(bound[s], hops[s]);
    const std::int32_t least = *std::min_element(bound.begin(), bound.end());
    ENSURES(least < kFar);
    const auto ties = static_cast<std::size_t>(std::count(bound.begin(), bound.end(), least));
    std::size_t skip = chosen(choice, ties);
    std::int64_t candidate = 0;
    while (bound[static_cast<std::size_t>(candidate)] != least || skip-- > 0) ++candidate;
    const std::vector<std::int32_t> away = switches.hops_to(candidate);
    const auto nearer = [&](std::int64_t a, std::int64_t b) {
      return away[static_cast<std::size_t>(a)] < away[static_cast<std::size_t>(b)];
    };
    const std::int64_t farthest = *std::max_element(leaves.begin(), leaves.end(), nearer);
    const std::int32_t depth = away[static_cast<std::size_t>(farthest)];
    if (depth < best_depth) {
      best = candidate;
      best_depth = depth;
    }
    if (best_depth == least) break;
    looked_at = farthest;
  }
  return best;
}

// Follows the ways of all leaves to the root and joins them.
class Growth {
 public:
  Growth(const Network& network, const Switches& switches, std::int64_t root, double choice)
      : network_(network),
        switches_(switches),
        choice_(choice),
        hops_(switches.hops_to(root)),
        ways_(hops_.size()) {}

  // From a switch to the root, its own adder and the root's included.
  struct Way {
    bool known = false;
    Duration up, down;
  };
  Way way(std::int64_t from, ReductionTree& tree) {
    std::vector<std::pair<std::int64_t, LinkId>> path;
    std::int64_t at = from;
    while (!ways_[static_cast<std::size_t>(at)].known && hops(at) > 0) {
      const LinkId link = towards_root(at);
      path.emplace_back(at, link);
      at = network_.link(link).to - network_.first_switch();
    }
    const Duration adder = network_.reduction()->latency;
    Way way = ways_[static_cast<std::size_t>(at)];
    if (!way.known) {  // the root
      way = {true, adder, Duration(0)};
      settle(at, way, tree);
    }
    for (auto step = path.rbegin(); step != path.rend(); ++step) {
      const auto [switch_index, link] = *step;
      way.up += network_.link(link).latency + adder;
      way.down += network_.link(Network::reverse(link)).latency;
      tree.up.push_back(link);
      settle(switch_index, way, tree);
    }
    return way;
  }

  [[nodiscard]] std::int32_t hops(std::int64_t at) const {
    return hops_[static_cast<std::size_t>(at)];
  }

 private:
  void settle(std::int64_t at, const Way& way, ReductionTree& tree) {
    ways_[static_cast<std::size_t>(at)] = way;
    tree.switches.push_back(at);
  }

  [[nodiscard]] LinkId towards_root(std::int64_t at) const {
    std::vector<LinkId> links;
    switches_.each_link(at, [&](LinkId id, std::int64_t other) {
      if (hops(other) < hops(at)) links.push_back(id);
    });
    return links[chosen(choice_, links.size())];
  }

  const Network& network_;
  const Switches& switches_;
  double choice_;
  std::vector<std::int32_t> hops_;
  std::vector<Way> ways_;  // by switch
};

}  // namespace

ReductionTree reduction_tree(const Network& network, std::span<const EndpointId> devices,
                             double choice) {
  EXPECTS(network.reduction() && devices.size() > 1 && 0 <= choice && choice < 1);
  const auto ends_of = [&](EndpointId device) {
    const EndpointId other = device == devices.front() ? devices.back() : devices.front();
    EXPECTS(network.node_of(device) != network.node_of(other));
    return FlowEnds(network, device, other, 0);
  };
  std::vector<std::int64_t> leaves;
  for (const EndpointId device : devices) leaves.push_back(ends_of(device).from());
  std::sort(leaves.begin(), leaves.end());
  leaves.erase(std::unique(leaves.begin(), leaves.end()), leaves.end());

  const Switches switches(network);
  ReductionTree tree;
  tree.root = central_switch(switches, leaves, choice);
  Growth growth(network, switches, tree.root, choice);
  std::vector<LinkId> first;
  for (const EndpointId device : devices) {
    const FlowEnds ends = ends_of(device);
    Growth::Way way = growth.way(ends.from(), tree);
    first.clear();
    ends.begin(first);
    for (const LinkId id : first) {
      way.up += network.link(id).latency;
      way.down += network.link(Network::reverse(id)).latency;
      tree.up.push_back(id);
    }
    tree.up_latency = std::max(tree.up_latency, way.up);
    tree.down_latency = std::max(tree.down_latency, way.down);
    tree.hops += static_cast<std::int64_t>(first.size()) + growth.hops(ends.from());
  }
  return tree;
}

}  // namespace rehearse
