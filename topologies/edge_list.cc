#include "topologies/edge_list.h"

#include "base/contract.h"

namespace rehearse {
namespace {

std::int64_t nodes_per_leaf(const NetworkShape& shape, std::int64_t nodes) {
  if (const auto* tree = std::get_if<FatTreeShape>(&shape)) return tree->down(0);
  if (const auto* fly = std::get_if<DragonflyShape>(&shape)) return fly->nodes_per_router();
  return nodes;
}

}  // namespace

EdgeList::EdgeList(std::int64_t nodes, const NodeSpec& node, NetworkShape shape) {
  parts_.nodes = nodes;
  parts_.devices_per_node = node.devices;
  parts_.nics_per_node = node.nics;
  parts_.shape = std::move(shape);
  const bool hubs = node.devices > 1;
  first_switch_ = nodes * node.devices + (hubs ? nodes : 0);
  const std::int64_t links =
      2 * ((hubs ? nodes * node.devices : 0) + nodes * node.nics + edges_of(parts_.shape));
  parts_.from.reserve(static_cast<std::size_t>(links));
  parts_.to.reserve(static_cast<std::size_t>(links));
  parts_.kind.reserve(static_cast<std::size_t>(links));
}

std::uint16_t EdgeList::kind(LinkRate rate, LinkClass cls, int cables) {
  parts_.kinds.push_back({rate.bandwidth * cables, rate.latency, cls, cables});
  return static_cast<std::uint16_t>(parts_.kinds.size() - 1);
}

void EdgeList::connect(std::int64_t a, std::int64_t b, std::uint16_t there, std::uint16_t back) {
  const auto add = [this](std::int64_t from, std::int64_t to, std::uint16_t kind) {
    parts_.from.push_back(static_cast<VertexId>(from));
    parts_.to.push_back(static_cast<VertexId>(to));
    parts_.kind.push_back(kind);
  };
  add(a, b, there);
  add(b, a, back);
}

void EdgeList::connect_nodes(const NodeSpec& node, LinkRate injection) {
  EXPECTS(parts_.from.empty());
  const std::int64_t endpoints = parts_.nodes * node.devices;
  if (node.devices > 1) {
    const std::uint16_t inside = kind(node.device, LinkClass::intra_node);
    for (std::int64_t device = 0; device < endpoints; ++device) {
      connect(device, endpoints + device / node.devices, inside, inside);
    }
  }
  const std::uint16_t nic = kind(injection, LinkClass::injection);
  const std::int64_t per_leaf = nodes_per_leaf(parts_.shape, parts_.nodes);
  for (std::int64_t n = 0; n < parts_.nodes; ++n) {
    const std::int64_t vertex = node.devices > 1 ? endpoints + n : n;
    for (int i = 0; i < node.nics; ++i) connect(vertex, first_switch_ + n / per_leaf, nic, nic);
  }
}

}  // namespace rehearse
