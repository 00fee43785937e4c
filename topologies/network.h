// A network as a directed multigraph: devices, the insides of nodes, switches, and links.
//
//   Network network = build_network(spec, 128, NodeSpec{});      // topologies/build.h
//   for (LinkId id : network.links_from(vertex)) network.link(id).bandwidth;
//
// Vertices, in this order: the devices (endpoints; node n holds devices n * d to n * d + d - 1),
// one hub per node if nodes have several devices (NVLink or PCIe switch), the switches. Traffic
// between devices of a node passes its hub only; traffic between nodes passes the injection links
// (NICs) of both, which the devices of a node share. Storage is linear in vertices and links, about
// 20 bytes per link. Immutable after construction.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "topologies/link.h"
#include "topologies/shape.h"

namespace rehearse {

class Network {
 public:
  // Rate and class of many links at once.
  struct LinkKind {
    Bandwidth bandwidth;
    Duration latency;
    LinkClass cls = LinkClass::injection;
    int cables = 1;
  };
  // What a builder hands over. Links come in pairs (l, l ^ 1): device links, then injection links,
  // then the edges of the shape in its order.
  struct Parts {
    std::int64_t nodes = 0;
    int devices_per_node = 1;
    int nics_per_node = 1;
    std::shared_ptr<const NetworkShape> shape;
    std::vector<LinkKind> kinds;
    std::vector<VertexId> from;
    std::vector<VertexId> to;
    std::vector<std::uint16_t> kind;  // of each link, an index into kinds
  };

  explicit Network(Parts parts);

  [[nodiscard]] std::int64_t nodes() const { return parts_.nodes; }
  [[nodiscard]] int devices_per_node() const { return parts_.devices_per_node; }
  [[nodiscard]] int nics_per_node() const { return parts_.nics_per_node; }
  [[nodiscard]] std::int64_t endpoints() const { return nodes() * devices_per_node(); }
  [[nodiscard]] std::int64_t switches() const { return switches_; }
  [[nodiscard]] std::int64_t vertices() const { return first_switch() + switches_; }
  [[nodiscard]] std::int64_t links() const { return static_cast<std::int64_t>(parts_.from.size()); }
  [[nodiscard]] const NetworkShape& shape() const { return *parts_.shape; }

  // Links.
  [[nodiscard]] Link link(LinkId id) const;
  [[nodiscard]] static LinkId reverse(LinkId id) { return id ^ 1; }
  [[nodiscard]] std::span<const LinkId> links_from(VertexId vertex) const;
  // Away from the device or node; the reverse leads to it. A device link exists only inside nodes
  // of several devices.
  [[nodiscard]] LinkId device_link(EndpointId device) const { return 2 * device; }
  [[nodiscard]] LinkId injection_link(NodeId node, int nic) const;
  // Along the edge of the shape; the reverse leads against it.
  [[nodiscard]] LinkId edge_link(std::int64_t edge) const {
    return static_cast<LinkId>(first_edge_link() + 2 * edge);
  }
  [[nodiscard]] LinkId hop_link(NetworkShape::Hop hop) const {
    return static_cast<LinkId>(first_edge_link() + hop);
  }
  [[nodiscard]] std::int64_t first_edge_link() const;

  // Vertices.
  [[nodiscard]] bool has_hubs() const { return devices_per_node() > 1; }
  [[nodiscard]] std::int64_t first_switch() const {
    return endpoints() + (has_hubs() ? nodes() : 0);
  }
  [[nodiscard]] VertexId switch_vertex(std::int64_t index) const {
    return static_cast<VertexId>(first_switch() + index);
  }
  [[nodiscard]] NodeId node_of(EndpointId device) const { return device / devices_per_node(); }
  // The vertex of a node that holds its injection links: its hub, or its only device.
  [[nodiscard]] VertexId node_vertex(NodeId node) const {
    return static_cast<VertexId>(has_hubs() ? endpoints() + node : node);
  }
  // The index of the switch on which a NIC hangs.
  [[nodiscard]] std::int64_t leaf_of(NodeId node, int nic = 0) const {
    return shape().leaf_of(node, nic);
  }

  // Of the shape; a node is in the group of its first leaf.
  [[nodiscard]] std::int64_t groups() const { return shape().groups(); }
  [[nodiscard]] std::int64_t group_of(NodeId node) const { return shape().group_of(leaf_of(node)); }

  // Stable names for people: "group 3 switch 17", "group 3 switch 17 -> group 5 switch 2".
  [[nodiscard]] std::string vertex_name(VertexId vertex) const;
  [[nodiscard]] std::string link_name(LinkId id) const;

 private:
  Parts parts_;
  std::int64_t switches_;
  std::vector<std::int32_t> out_begin_;
  std::vector<LinkId> out_;
};

}  // namespace rehearse
