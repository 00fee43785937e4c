#include "topologies/graph/check.h"

#include <algorithm>

#include "topologies/graph/connectivity.h"
#include "topologies/routing/traffic_patterns.h"
#include "topologies/shapes/stated_ports.h"

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

}  // namespace

NetworkCheck check_network(const Network& network, const Router& router) {
  NetworkCheck check;
  count_unreachable(network, check);
  count_asymmetric(network, check);
  count_overfull(network, check);
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
