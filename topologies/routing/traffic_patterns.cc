#include "topologies/routing/traffic_patterns.h"

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "topologies/routing/uniform_traffic.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kSampleSeed = 1;  // fixed, so that equal networks give equal loads
constexpr const char* kUniform = "uniform: all to all";

// Of all NICs of a node.
Bandwidth nic_rate(const Network& network) {
  return network.link(network.injection_link(0, 0)).bandwidth *
         static_cast<double>(network.nics_per_node());
}

// Flows in which every device sends to one other and receives from one.
class Permutations {
 public:
  explicit Permutations(const Network& network) : network_(network) {}

  // Device i of node n to device i + `rotation` of node `stride` n + `nodes`, unless that is n.
  // REQUIRES: the stride has no divisor in common with the number of nodes.
  void add(std::int64_t nodes, std::int64_t rotation, std::int64_t stride = 1) {
    const int devices = network_.devices_per_node();
    for (std::int64_t node = 0; node < network_.nodes(); ++node) {
      const std::int64_t to = (stride * node + nodes) % network_.nodes();
      if (to == node) continue;
      for (std::int64_t i = 0; i < devices; ++i) {
        flows_.push_back({static_cast<EndpointId>(node * devices + i),
                          static_cast<EndpointId>(to * devices + (i + rotation) % devices), 1});
      }
    }
    ++count_;
  }

  [[nodiscard]] PatternLoad routed(const Router& router, std::string pattern, bool exact) const {
    Traffic traffic = route_traffic(network_, router, flows_);
    const Bytes of_node(static_cast<double>(count_ * network_.devices_per_node()));
    const double share = of_node / nic_rate(network_) / traffic.bottleneck;
    return {std::move(pattern), std::move(traffic), exact, share};
  }

 private:
  const Network& network_;
  std::vector<TrafficFlow> flows_;
  std::int64_t count_ = 0;
};

// A multiplier that takes neighbours apart, so that the nodes of a group send to many groups, and
// keeps whole subtrees of a tree on different ports: prime to the nodes and to common arities.
std::uint64_t spreading_stride(std::uint64_t nodes, RandomStream& random) {
  constexpr std::uint64_t kArities = 2ULL * 3 * 5 * 7 * 11 * 13;
  for (;;) {
    const std::uint64_t stride = 1 + random.below(nodes);
    if (std::gcd(stride, nodes) == 1 && std::gcd(stride, kArities) == 1) return stride;
  }
}

}  // namespace

PatternLoad uniform_load(const Network& network, const Router& router) {
  const std::int64_t shifts = (network.nodes() - 1) * network.devices_per_node();
  const std::int64_t affordable = std::max(kLeastShifts, kSampledFlows / network.endpoints());
  Permutations flows(network);
  const bool exact = shifts <= affordable;
  if (exact) {
    for (std::int64_t nodes = 1; nodes < network.nodes(); ++nodes) {
      for (std::int64_t i = 0; i < network.devices_per_node(); ++i) flows.add(nodes, i);
    }
  } else {
    if (auto all = uniform_traffic(network, router)) {
      const Bytes sent(static_cast<double>(network.devices_per_node() *
                                           (network.endpoints() - network.devices_per_node())));
      const double share = sent / nic_rate(network) / all->bottleneck;
      return {kUniform, std::move(*all), true, share};
    }
    RandomStream random(kSampleSeed, {});
    const auto nodes = static_cast<std::uint64_t>(network.nodes());
    for (std::int64_t i = 0; i < affordable; ++i) {
      const auto stride = static_cast<std::int64_t>(spreading_stride(nodes, random));
      const auto rotation = random.below(static_cast<std::uint64_t>(network.devices_per_node()));
      flows.add(static_cast<std::int64_t>(random.below(nodes)), static_cast<std::int64_t>(rotation),
                stride);
    }
  }
  return flows.routed(router, kUniform, exact);
}

PatternLoad shifted_load(const Network& network, const Router& router, std::int64_t nodes,
                         std::string words) {
  Permutations flows(network);
  flows.add(nodes, 0);
  return flows.routed(router, std::move(words), true);
}

PatternLoad next_group_load(const Network& network, const Router& router) {
  const std::int64_t group = nodes_of_first_group(network);
  return shifted_load(network, router, group, "next group: node n to n + " + std::to_string(group));
}

PatternLoad half_way_load(const Network& network, const Router& router) {
  const std::int64_t half = network.nodes() / 2;
  return shifted_load(network, router, half, "half way: node n to n + " + std::to_string(half));
}

PatternLoad ring_load(const Network& network, const Router& router) {
  return shifted_load(network, router, 1, "ring: node n to n + 1");
}

std::int64_t nodes_of_first_group(const Network& network) {
  NodeId node = 1;
  while (node < network.nodes() && network.group_of(node) == network.group_of(0)) ++node;
  return node;
}

}  // namespace rehearse
