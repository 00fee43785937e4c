#include "topologies/check.h"

#include <algorithm>

#include "topologies/connectivity.h"
#include "topologies/traffic_patterns.h"

namespace rehearse {
namespace {

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

}  // namespace

NetworkCheck check_network(const Network& network, const Router& router) {
  NetworkCheck check;
  count_unreachable(network, check);
  count_asymmetric(network, check);
  if (check.unreachable > 0 || network.nodes() < 2) return check;
  const auto add = [&](const PatternLoad& load) {
    check.throughput.push_back({load.pattern, load.share, load.exact, load.traffic.busiest});
  };
  add(uniform_load(network, router));
  if (nodes_of_first_group(network) < network.nodes()) add(next_group_load(network, router));
  add(half_way_load(network, router));
  return check;
}

}  // namespace rehearse
