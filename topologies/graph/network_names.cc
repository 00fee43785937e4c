// Names of vertices and links, composed when somebody asks.
#include "base/contract.h"
#include "topologies/graph/network.h"

namespace rehearse {
namespace {

std::string numbered(const char* word, std::int64_t number) {
  return std::string(word) + " " + std::to_string(number);
}

}  // namespace

std::string Network::vertex_name(VertexId vertex) const {
  EXPECTS(0 <= vertex && vertex < vertices());
  if (vertex >= first_switch()) return shape().switch_name(vertex - first_switch());
  std::string node = numbered("node", node_at(vertex));
  if (vertex >= endpoints() + nodes()) {
    return node +
           numbered(" inner switch", (vertex - endpoints() - nodes()) % parts_.inner_switches);
  }
  if (vertex >= endpoints()) return node;
  return has_hubs() ? node + numbered(" device", vertex % devices_per_node()) : node;
}

std::string Network::link_name(LinkId id) const {
  const Link ends = link(id);
  std::string name = vertex_name(ends.from) + " -> " + vertex_name(ends.to);
  if (ends.cls == LinkClass::injection && nics_per_node() > 1) {
    const std::int64_t nth = (id - injection_link(0, 0)) / 2;
    name += numbered(" (NIC", nth % nics_per_node()) + ")";
  }
  if (ends.from >= first_switch() && ends.to >= first_switch()) {
    const std::string cable = shape().parallel_name((id - first_edge_link()) / 2);
    if (!cable.empty()) name += " (" + cable + ")";
  }
  return name;
}

}  // namespace rehearse
