#include "topologies/placement/placement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>

#include "base/contract.h"
#include "base/error.h"
#include "base/random.h"
#include "topologies/placement/busy_machine.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kPlacementStream = 0x706c6163;  // "plac": no other stream of the seed

std::vector<NodeId> all_nodes(const Network& network) {
  std::vector<NodeId> order(static_cast<std::size_t>(network.nodes()));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Fisher and Yates' shuffle.
void shuffle(std::vector<NodeId>& order, std::uint64_t seed) {
  RandomStream random(seed, {kPlacementStream});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

void deal_groups(const Network& network, std::vector<NodeId>& order) {
  std::vector<std::int64_t> seen(static_cast<std::size_t>(network.groups()));
  std::vector<std::int64_t> round;  // of each node: how many nodes of its group come before it
  for (const NodeId node : order) {
    round.push_back(seen[static_cast<std::size_t>(network.group_of(node))]++);
  }
  std::stable_sort(order.begin(), order.end(), [&](NodeId a, NodeId b) {
    return round[static_cast<std::size_t>(a)] < round[static_cast<std::size_t>(b)];
  });
}

std::vector<NodeId> listed_nodes(const Network& network, const std::vector<std::int64_t>& nodes) {
  std::vector<bool> taken(static_cast<std::size_t>(network.nodes()));
  std::vector<NodeId> order;
  for (const std::int64_t node : nodes) {
    if (node < 0 || node >= network.nodes()) {
      throw Error::input(
          "the placement lists node " + std::to_string(node) + ", which does not exist",
          "nodes count from 0 to " + std::to_string(network.nodes() - 1));
    }
    if (taken[static_cast<std::size_t>(node)]) {
      throw Error::input("the placement lists node " + std::to_string(node) + " twice");
    }
    taken[static_cast<std::size_t>(node)] = true;
    order.push_back(static_cast<NodeId>(node));
  }
  return order;
}

std::vector<NodeId> node_order(const Network& network, const Placement& placement,
                               std::uint64_t seed) {
  if (placement.kind == Placement::Kind::explicit_nodes) {
    return listed_nodes(network, placement.nodes);
  }
  if (placement.kind == Placement::Kind::linear) {
    return free_nodes(network.nodes(), usable_nodes(placement, network.nodes()), seed);
  }
  std::vector<NodeId> order = all_nodes(network);
  if (placement.kind == Placement::Kind::random) shuffle(order, seed);
  if (placement.kind == Placement::Kind::group_round_robin) deal_groups(network, order);
  return order;
}

}  // namespace

std::int64_t usable_nodes(const Placement& placement, std::int64_t nodes) {
  if (placement.kind == Placement::Kind::explicit_nodes) {
    return static_cast<std::int64_t>(placement.nodes.size());
  }
  if (placement.kind != Placement::Kind::linear) return nodes;
  EXPECTS(0 < placement.free && placement.free <= 1);
  return std::max<std::int64_t>(1, std::llround(placement.free * static_cast<double>(nodes)));
}

std::vector<EndpointId> place(const Network& network, const Placement& placement,
                              std::int64_t workers, std::uint64_t seed) {
  EXPECTS(workers >= 1);
  const std::vector<NodeId> order = node_order(network, placement, seed);
  const int per_node = network.devices_per_node();
  const std::int64_t devices = static_cast<std::int64_t>(order.size()) * per_node;
  if (workers > devices) {
    throw Error::input(
        std::to_string(workers) + " workers do not fit " + std::to_string(devices) + " devices",
        std::to_string(order.size()) + " nodes of " + std::to_string(per_node),
        "use more nodes or fewer workers");
  }
  const std::int64_t used = (workers + per_node - 1) / per_node;
  const bool block = placement.mapping == Placement::Mapping::block;
  std::vector<EndpointId> placed;
  placed.reserve(static_cast<std::size_t>(workers));
  for (std::int64_t worker = 0; worker < workers; ++worker) {
    const std::int64_t node = block ? worker / per_node : worker % used;
    const std::int64_t device = block ? worker % per_node : worker / used;
    placed.push_back(order[static_cast<std::size_t>(node)] * per_node +
                     static_cast<EndpointId>(device));
  }
  return placed;
}

std::vector<std::int64_t> job_nodes(const Network& network,
                                    const std::vector<EndpointId>& workers) {
  std::unordered_map<NodeId, std::int64_t> numbers;
  std::vector<std::int64_t> nodes;
  nodes.reserve(workers.size());
  for (const EndpointId worker : workers) {
    const auto next = static_cast<std::int64_t>(numbers.size());
    nodes.push_back(numbers.try_emplace(network.node_of(worker), next).first->second);
  }
  return nodes;
}

}  // namespace rehearse
