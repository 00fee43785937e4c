#include "topologies/check.h"

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "topologies/connectivity.h"
#include "topologies/facts.h"
#include "topologies/stated_ports.h"
#include "topologies/traffic.h"
#include "topologies/uniform_traffic.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kSampleSeed = 1;  // fixed, so that a check is a check
constexpr const char* kUniform = "uniform: all to all";

void count_unreachable(const Network& network, NetworkCheck& check) {
  const std::vector<std::int64_t> parts = node_parts(network);
  std::vector<std::int64_t> sizes(parts.size());
  for (const std::int64_t part : parts) ++sizes[static_cast<std::size_t>(part)];
  std::int64_t pairs = network.nodes() * network.nodes();
  for (const std::int64_t size : sizes) pairs -= size * size;
  check.unreachable = pairs * network.devices_per_node() * network.devices_per_node();
  if (pairs == 0) return;
  const auto other = std::find_if(parts.begin(), parts.end(), [](auto part) { return part != 0; });
  check.unreachable_from = 0;
  check.unreachable_to = static_cast<NodeId>(other - parts.begin());
}

void count_asymmetric(const Network& network, NetworkCheck& check) {
  for (LinkId id = 0; id < network.links(); id += 2) {
    if (!network.works(id)) continue;
    if (network.link(id).bandwidth == network.link(Network::reverse(id)).bandwidth) continue;
    if (check.asymmetric++ == 0) check.asymmetric_link = id;
  }
}

void count_overfull(const Network& network, NetworkCheck& check) {
  const auto* stated = dynamic_cast<const StatedPorts*>(&network.shape());
  if (stated == nullptr) return;
  std::vector<std::int64_t> cables(static_cast<std::size_t>(network.switches()));
  for (LinkId id = 0; id < network.links(); id += 2) {
    const Link link = network.link(id);
    if (link.cls == LinkClass::injection) {
      const std::int64_t nic = (id - network.injection_link(0, 0)) / 2;
      const int nics = network.nics_per_node();
      if (!stated->has_cable(nic / nics, static_cast<int>(nic % nics))) continue;
    }
    for (const VertexId end : {link.from, link.to}) {
      if (end < network.first_switch()) continue;
      cables[static_cast<std::size_t>(end - network.first_switch())] += link.cables;
    }
  }
  for (std::int64_t i = 0; i < network.switches(); ++i) {
    const std::optional<std::int64_t> ports = stated->ports_of(i);
    const std::int64_t used = cables[static_cast<std::size_t>(i)];
    if (!ports || used <= *ports || check.overfull++ > 0) continue;
    check.overfull_switch = i;
    check.overfull_cables = used;
    check.overfull_ports = *ports;
  }
}

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

  [[nodiscard]] NetworkCheck::Throughput routed(const Router& router, std::string pattern,
                                                bool exact) const {
    const Traffic traffic = route_traffic(network_, router, flows_);
    const Bytes of_node(static_cast<double>(count_ * network_.devices_per_node()));
    return {std::move(pattern), of_node / nic_rate(network_) / traffic.bottleneck, exact,
            traffic.busiest};
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

NetworkCheck::Throughput uniform(const Network& network, const Router& router) {
  const std::int64_t shifts = (network.nodes() - 1) * network.devices_per_node();
  const std::int64_t affordable = std::max(kLeastShifts, kSampledFlows / network.endpoints());
  Permutations flows(network);
  const bool exact = shifts <= affordable;
  if (exact) {
    for (std::int64_t nodes = 1; nodes < network.nodes(); ++nodes) {
      for (std::int64_t i = 0; i < network.devices_per_node(); ++i) flows.add(nodes, i);
    }
  } else {
    if (const auto all = uniform_traffic(network, router)) {
      const Bytes sent(static_cast<double>(network.devices_per_node() *
                                           (network.endpoints() - network.devices_per_node())));
      return {kUniform, sent / nic_rate(network) / all->bottleneck, true, all->busiest};
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

NetworkCheck::Throughput shifted(const Network& network, const Router& router, std::int64_t nodes,
                                 std::string pattern) {
  Permutations flows(network);
  flows.add(nodes, 0);
  return flows.routed(router, std::move(pattern), true);
}

// Nodes are filled group by group, so those of the first group come first.
std::int64_t nodes_of_first_group(const Network& network) {
  NodeId node = 1;
  while (node < network.nodes() && network.group_of(node) == network.group_of(0)) ++node;
  return node;
}

}  // namespace

NetworkCheck check_network(const Network& network, const Router& router) {
  NetworkCheck check;
  count_unreachable(network, check);
  count_asymmetric(network, check);
  count_overfull(network, check);
  if (check.unreachable > 0 || network.nodes() < 2) return check;
  check.throughput.push_back(uniform(network, router));
  if (const std::int64_t group = nodes_of_first_group(network); group < network.nodes()) {
    check.throughput.push_back(
        shifted(network, router, group, "next group: node n to n + " + std::to_string(group)));
  }
  const std::int64_t half = network.nodes() / 2;
  check.throughput.push_back(
      shifted(network, router, half, "half way: node n to n + " + std::to_string(half)));
  return check;
}

}  // namespace rehearse
