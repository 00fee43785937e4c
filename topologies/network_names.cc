// Names of vertices and links, composed when somebody asks.
#include "base/contract.h"
#include "topologies/network.h"

namespace rehearse {
namespace {

std::string numbered(const char* word, std::int64_t number) {
  return std::string(word) + " " + std::to_string(number);
}

std::string switch_name(const NetworkShape& shape, std::int64_t index) {
  if (const auto* tree = std::get_if<FatTreeShape>(&shape)) {
    const FatTreeShape::Place place = tree->place_of(index);
    const std::int64_t within = place.subtree * tree->columns(place.level) + place.column;
    if (place.level == 0) return numbered("leaf switch", within);
    if (place.level + 1 == tree->levels()) return numbered("top switch", within);
    return numbered("level", place.level) + numbered(" switch", within);
  }
  if (const auto* fly = std::get_if<DragonflyShape>(&shape)) {
    return numbered("group", index / fly->routers_per_group()) +
           numbered(" switch", index % fly->routers_per_group());
  }
  return "switch";
}

}  // namespace

std::string Network::vertex_name(VertexId vertex) const {
  EXPECTS(0 <= vertex && vertex < vertices());
  if (vertex >= first_switch()) return switch_name(shape(), vertex - first_switch());
  if (vertex >= endpoints()) return numbered("node", vertex - endpoints());
  const std::string node = numbered("node", node_of(vertex));
  return has_hubs() ? node + numbered(" device", vertex % devices_per_node()) : node;
}

std::string Network::link_name(LinkId id) const {
  const Link ends = link(id);
  std::string name = vertex_name(ends.from) + " -> " + vertex_name(ends.to);
  if (ends.cls == LinkClass::injection && nics_per_node() > 1) {
    const std::int64_t nth = (id - injection_link(0, 0)) / 2;
    name += numbered(" (NIC", nth % nics_per_node()) + ")";
  }
  if (const auto* fly = std::get_if<DragonflyShape>(&shape());
      fly != nullptr && ends.cls == LinkClass::global && fly->links_per_pair() > 1) {
    const std::int64_t nth = (id - edge_link(fly->global_edge(0, 1, 0))) / 2;
    name += numbered(" (cable", nth % fly->links_per_pair()) + ")";
  }
  return name;
}

}  // namespace rehearse
