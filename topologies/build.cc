#include "topologies/build.h"

#include <string>

#include "base/error.h"
#include "topologies/connectivity.h"
#include "topologies/edge_list.h"
#include "topologies/shape_of_spec.h"

namespace rehearse {
namespace {

void expect_rate(const std::string& what, LinkRate rate) {
  if (!(rate.bandwidth > Bandwidth(0))) {
    throw Error::input("the bandwidth of the " + what + " is not positive", "",
                       "give it, for example \"25 GB/s\"");
  }
}

void expect_node(const NodeSpec& node) {
  if (node.devices < 1 || node.nics < 1) {
    throw Error::input("a node needs at least one device and one NIC");
  }
  if (node.devices > 1) expect_rate("links between the devices of a node", node.device);
}

void connect_fat_tree(const FatTreeSpec& spec, EdgeList& edges) {
  const FatTreeShape shape = std::get<FatTreeShape>(edges.shape());
  const auto below_top = static_cast<std::size_t>(shape.levels() - 1);
  if (spec.link.size() != 1 && spec.link.size() != below_top) {
    throw Error::input("the links of the fat-tree have " + std::to_string(spec.link.size()) +
                           " rates for " + std::to_string(below_top) + " levels",
                       "", "give one rate, or one per level below the top");
  }
  const auto vertex = [&](int level, std::int64_t subtree, std::int64_t column) {
    return edges.first_switch() + shape.switch_at(level, subtree, column);
  };
  for (int level = 0; level + 1 < shape.levels(); ++level) {
    const LinkRate rate = spec.link[spec.link.size() == 1 ? 0 : static_cast<std::size_t>(level)];
    expect_rate("links of the fat-tree", rate);
    const std::uint16_t up = edges.kind(rate, LinkClass::up);
    const std::uint16_t down = edges.kind(rate, LinkClass::down);
    for (std::int64_t subtree = 0; subtree < shape.subtrees(level); ++subtree) {
      for (std::int64_t column = 0; column < shape.columns(level); ++column) {
        for (std::int64_t port = 0; port < shape.up(level); ++port) {
          edges.connect(vertex(level, subtree, column),
                        vertex(level + 1, subtree / shape.down(level + 1),
                               column + port * shape.columns(level)),
                        up, down);
        }
      }
    }
  }
}

void connect_dragonfly(const DragonflySpec& spec, EdgeList& edges) {
  const DragonflyShape shape = std::get<DragonflyShape>(edges.shape());
  const auto join = [&](std::int64_t group_a, std::int64_t a, std::int64_t group_b, std::int64_t b,
                        std::uint16_t kind) {
    edges.connect(edges.first_switch() + shape.switch_at(group_a, a),
                  edges.first_switch() + shape.switch_at(group_b, b), kind, kind);
  };
  if (shape.slots() > 1) expect_rate("local links", spec.local);
  const std::uint16_t rank1 = edges.kind(spec.local, LinkClass::local);
  for (std::int64_t line = 0; line < shape.groups() * shape.chassis(); ++line) {
    const std::int64_t first = line * shape.slots();
    for (std::int64_t a = 0; a < shape.slots(); ++a) {
      for (std::int64_t b = a + 1; b < shape.slots(); ++b) join(0, first + a, 0, first + b, rank1);
    }
  }
  if (shape.chassis() > 1) expect_rate("local links of rank 2", spec.local2);
  const std::uint16_t rank2 = edges.kind(spec.local2, LinkClass::local2, spec.local2_cables);
  for (std::int64_t group = 0; group < shape.groups(); ++group) {
    for (std::int64_t slot = 0; slot < shape.slots(); ++slot) {
      for (std::int64_t a = 0; a < shape.chassis(); ++a) {
        for (std::int64_t b = a + 1; b < shape.chassis(); ++b) {
          join(group, a * shape.slots() + slot, group, b * shape.slots() + slot, rank2);
        }
      }
    }
  }
  if (shape.groups() > 1) expect_rate("global links", spec.global);
  const std::uint16_t global = edges.kind(spec.global, LinkClass::global);
  for (std::int64_t a = 0; a < shape.groups(); ++a) {
    for (std::int64_t b = a + 1; b < shape.groups(); ++b) {
      for (std::int64_t which = 0; which < shape.links_per_pair(); ++which) {
        join(a, shape.gateway(a, b, which), b, shape.gateway(b, a, which), global);
      }
    }
  }
}

}  // namespace

void expect_size(double vertices, double links) {
  if (vertices <= static_cast<double>(kMostVertices) && links <= static_cast<double>(kMostLinks)) {
    return;
  }
  throw Error::input("the network is too large",
                     "more than " + std::to_string(kMostVertices) + " vertices or " +
                         std::to_string(kMostLinks) + " links",
                     "use fewer nodes or smaller groups");
}

Network build_network(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node) {
  if (nodes < 1) throw Error::input("a network needs at least one node");
  expect_node(node);
  expect_rate("injection links", spec.injection);

  const auto* tree = std::get_if<FatTreeSpec>(&spec.shape);
  const auto* dragonfly = std::get_if<DragonflySpec>(&spec.shape);
  const auto count = static_cast<double>(nodes);
  const double per_node = node.devices > 1 ? node.devices + 1.0 : 1.0;
  expect_size(count * per_node, 2 * count * (per_node - 1 + node.nics));

  NetworkShape shape;
  if (tree != nullptr) shape = fat_tree_shape(*tree, nodes);
  if (dragonfly != nullptr) shape = dragonfly_shape(*dragonfly, nodes);
  expect_size(count * per_node + static_cast<double>(switches_of(shape)),
              2 * count * (per_node - 1 + node.nics) + 2 * static_cast<double>(edges_of(shape)));

  EdgeList edges(nodes, node, std::move(shape));
  edges.connect_nodes(node, spec.injection);
  if (tree != nullptr) connect_fat_tree(*tree, edges);
  if (dragonfly != nullptr) connect_dragonfly(*dragonfly, edges);
  Network network = std::move(edges).finish();
  if (!is_connected(network)) {
    throw Error::input("the network is not connected", "some nodes cannot reach others",
                       "add links between its groups");
  }
  return network;
}

}  // namespace rehearse
