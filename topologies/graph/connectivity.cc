#include "topologies/graph/connectivity.h"

#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>
#include <unordered_map>

namespace rehearse {

std::vector<std::int64_t> switch_parts(const NetworkShape& shape, const std::vector<bool>& failed) {
  const auto count = static_cast<std::size_t>(shape.switches());
  std::vector<std::size_t> rank(count);
  std::vector<std::size_t> parent(count);
  boost::disjoint_sets<std::size_t*, std::size_t*> sets(rank.data(), parent.data());
  for (std::size_t v = 0; v < count; ++v) sets.make_set(v);
  std::size_t number = 0;
  shape.each_edge([&](const NetworkShape::Edge& edge) {
    const bool works = failed.empty() || !failed[number];
    ++number;
    if (works) sets.union_set(static_cast<std::size_t>(edge.a), static_cast<std::size_t>(edge.b));
  });
  std::vector<std::int64_t> part(count);
  for (std::size_t v = 0; v < count; ++v) part[v] = static_cast<std::int64_t>(sets.find_set(v));
  return part;
}

std::vector<std::int64_t> node_parts(const Network& network) {
  std::vector<bool> failed;
  for (auto id = static_cast<LinkId>(network.first_edge_link()); id < network.links(); id += 2) {
    failed.push_back(!network.works(id));
  }
  const std::vector<std::int64_t> of_switch = switch_parts(network.shape(), failed);
  std::unordered_map<std::int64_t, std::int64_t> numbers;
  std::vector<std::int64_t> parts;
  std::int64_t next = 0;
  for (NodeId node = 0; node < network.nodes(); ++node) {
    std::optional<std::int64_t> found;
    bool one = true;
    for (int nic = 0; nic < network.nics_per_node(); ++nic) {
      if (!network.works(network.injection_link(node, nic))) continue;
      const std::int64_t part = of_switch[static_cast<std::size_t>(network.leaf_of(node, nic))];
      one = one && part == found.value_or(part);
      found = part;
    }
    if (!found || !one) {
      parts.push_back(next++);
      continue;
    }
    const auto [place, is_new] = numbers.emplace(*found, next);
    if (is_new) ++next;
    parts.push_back(place->second);
  }
  return parts;
}

std::optional<NodeId> cut_off_node(const Network& network) {
  const std::vector<std::int64_t> parts = node_parts(network);
  std::vector<std::int64_t> sizes(parts.size());
  for (const std::int64_t part : parts) ++sizes[static_cast<std::size_t>(part)];
  const std::int64_t largest = std::max_element(sizes.begin(), sizes.end()) - sizes.begin();
  const auto other =
      std::find_if(parts.begin(), parts.end(), [&](std::int64_t part) { return part != largest; });
  if (other == parts.end()) return {};
  return static_cast<NodeId>(other - parts.begin());
}

}  // namespace rehearse
