#include "topologies/graph/network.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {

Network::Network(Parts parts) : parts_(std::move(parts)), switches_(parts_.shape->switches()) {
  EXPECTS(parts_.nodes >= 1 && parts_.devices_per_node >= 1 && parts_.nics_per_node >= 1);
  EXPECTS(parts_.inner_switches >= 1);
  EXPECTS(parts_.to.size() == parts_.from.size() && parts_.kind.size() == parts_.from.size());
  EXPECTS(links() == first_edge_link() + 2 * parts_.shape->edges());
  EXPECTS(parts_.failed_links.empty() || parts_.failed_links.size() == parts_.from.size());

  // Links by the vertex they leave, in the order of their ids (counting sort).
  out_begin_.assign(static_cast<std::size_t>(vertices()) + 1, 0);
  for (const VertexId from : parts_.from) ++out_begin_[static_cast<std::size_t>(from) + 1];
  for (std::size_t v = 1; v < out_begin_.size(); ++v) out_begin_[v] += out_begin_[v - 1];
  out_.resize(parts_.from.size());
  std::vector<std::int32_t> next(out_begin_.begin(), out_begin_.end() - 1);
  for (std::size_t id = 0; id < parts_.from.size(); ++id) {
    out_[static_cast<std::size_t>(next[static_cast<std::size_t>(parts_.from[id])]++)] =
        static_cast<LinkId>(id);
  }
}

Link Network::link(LinkId id) const {
  EXPECTS(0 <= id && id < links());
  const auto i = static_cast<std::size_t>(id);
  const LinkKind& kind = parts_.kinds[parts_.kind[i]];
  return {parts_.from[i], parts_.to[i], kind.bandwidth, kind.latency, kind.cls, kind.cables};
}

std::span<const LinkId> Network::links_from(VertexId vertex) const {
  EXPECTS(0 <= vertex && vertex < vertices());
  const auto v = static_cast<std::size_t>(vertex);
  return {out_.data() + out_begin_[v], out_.data() + out_begin_[v + 1]};
}

LinkId Network::injection_link(NodeId node, int nic) const {
  return static_cast<LinkId>(2 * (links_inside() + std::int64_t{node} * nics_per_node() + nic));
}

std::int64_t Network::first_edge_link() const {
  return 2 * (links_inside() + nodes() * nics_per_node());
}

LinkId Network::inner_link(EndpointId device) const {
  return static_cast<LinkId>(2 * (endpoints() + direct_links() + inner_switch_of(device)));
}

std::int64_t Network::inner_switch_of(EndpointId device) const {
  EXPECTS(has_inner_switches() && 0 <= device && device < endpoints());
  const std::int64_t local = device % devices_per_node();
  return std::int64_t{node_of(device)} * parts_.inner_switches +
         local * parts_.inner_switches / devices_per_node();
}

NodeId Network::node_at(VertexId vertex) const {
  EXPECTS(0 <= vertex && vertex < first_switch());
  if (vertex < endpoints()) return node_of(vertex);
  const std::int64_t hub = vertex - endpoints();
  if (hub < nodes()) return static_cast<NodeId>(hub);
  return static_cast<NodeId>((hub - nodes()) / parts_.inner_switches);
}

LinkId Network::direct_link(EndpointId from, EndpointId to) const {
  EXPECTS(has_direct_links() && from != to && node_of(from) == node_of(to));
  const int devices = devices_per_node();
  const int low = std::min(from, to) % devices;
  const int high = std::max(from, to) % devices;
  const std::int64_t pair = node_of(from) * pairs_of(devices) + pair_index(low, high, devices);
  return static_cast<LinkId>(2 * (endpoints() + pair) + (from > to ? 1 : 0));
}

int Network::working_nic(NodeId node, int nic) const {
  for (int i = 0; i < nics_per_node(); ++i) {
    const int candidate = (nic + i) % nics_per_node();
    if (works(injection_link(node, candidate))) return candidate;
  }
  ENSURES(!"the node has a NIC that works");
  return nic;
}

}  // namespace rehearse
