// A network as a directed multigraph: devices, the insides of nodes, switches, and links.
//
//   Network network = build_network(spec, 128, NodeSpec{});      // topologies/graph/build.h
//   for (LinkId id : network.links_from(vertex)) network.link(id).bandwidth;
//
// Vertices, in this order: the devices (endpoints; node n holds devices n * d to n * d + d - 1),
// one hub per node if nodes have several devices (NVLink or PCIe switch), the inner switches of all
// nodes if devices hang on these and they on the hub (PCIe switches or sockets), the switches.
// Traffic between devices of a node passes its hub only, or their inner switch, or the direct link
// of the two if all are joined to all; traffic between nodes passes the injection links (NICs) of
// both, which the devices of a node share. Links and switches that failed keep their places; no
// route uses them. Storage is linear in vertices and links, about 20 bytes per link. Immutable
// after construction.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "topologies/graph/link.h"
#include "topologies/shapes/shape.h"
#include "topologies/stacks/switch_reduction.h"

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
  // What a builder hands over. Links come in pairs (l, l ^ 1): device links, direct links between
  // the devices of a node, node by node in the order of pair_index(), links from the inner switches
  // to the hubs, injection links, then the edges of the shape in its order.
  struct Parts {
    std::int64_t nodes = 0;
    int devices_per_node = 1;
    int nics_per_node = 1;
    bool all_to_all = false;  // the devices of a node have direct links
    int inner_switches = 1;   // of a node, between its devices and its hub; 1: none
    std::vector<int> rings;   // NodeSpec::rings
    std::shared_ptr<const NetworkShape> shape;
    std::vector<LinkKind> kinds;
    std::vector<VertexId> from;
    std::vector<VertexId> to;
    std::vector<std::uint16_t> kind;  // of each link, an index into kinds
    std::vector<bool> failed_links;   // of each link; empty: all work
    std::vector<bool> failed_switches;
    std::optional<SwitchReduction> reduction;
  };

  explicit Network(Parts parts);

  [[nodiscard]] std::int64_t nodes() const { return parts_.nodes; }
  [[nodiscard]] int devices_per_node() const { return parts_.devices_per_node; }
  [[nodiscard]] int nics_per_node() const { return parts_.nics_per_node; }
  // Share of the rings of a whole node that its first `devices` form (NodeSpec::rings).
  [[nodiscard]] double ring_share(int devices) const {
    if (parts_.rings.empty() || devices < 2 || devices >= devices_per_node()) return 1;
    return static_cast<double>(parts_.rings[static_cast<std::size_t>(devices) - 2]) /
           parts_.rings.back();
  }
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
  // From one device to another of the same node. REQUIRES: has_direct_links(), they differ.
  [[nodiscard]] LinkId direct_link(EndpointId from, EndpointId to) const;
  [[nodiscard]] bool has_direct_links() const { return parts_.all_to_all && has_hubs(); }
  // From the inner switch of the device to the hub of its node. REQUIRES: has_inner_switches().
  [[nodiscard]] LinkId inner_link(EndpointId device) const;
  [[nodiscard]] bool has_inner_switches() const { return parts_.inner_switches > 1 && has_hubs(); }
  // All devices of a node hang on its hub, and nothing else joins them.
  [[nodiscard]] bool devices_share_a_switch() const {
    return has_hubs() && !has_direct_links() && !has_inner_switches();
  }
  // Along the edge of the shape; the reverse leads against it.
  [[nodiscard]] LinkId edge_link(std::int64_t edge) const {
    return static_cast<LinkId>(first_edge_link() + 2 * edge);
  }
  [[nodiscard]] LinkId hop_link(NetworkShape::Hop hop) const {
    return static_cast<LinkId>(first_edge_link() + hop);
  }
  [[nodiscard]] std::int64_t first_edge_link() const;

  // Failures.
  [[nodiscard]] bool works(LinkId id) const {
    return parts_.failed_links.empty() || !parts_.failed_links[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] bool switch_works(std::int64_t index) const {
    return parts_.failed_switches.empty() ||
           !parts_.failed_switches[static_cast<std::size_t>(index)];
  }
  // The NIC itself, or the next one of the node that works. REQUIRES: one does.
  [[nodiscard]] int working_nic(NodeId node, int nic) const;

  // What every switch can add; absent: nothing.
  [[nodiscard]] const std::optional<SwitchReduction>& reduction() const { return parts_.reduction; }

  // Vertices.
  [[nodiscard]] bool has_hubs() const { return devices_per_node() > 1; }
  [[nodiscard]] std::int64_t first_switch() const {
    return endpoints() + (has_hubs() ? nodes() : 0) + inner_switches();
  }
  [[nodiscard]] VertexId switch_vertex(std::int64_t index) const {
    return static_cast<VertexId>(first_switch() + index);
  }
  [[nodiscard]] NodeId node_of(EndpointId device) const { return device / devices_per_node(); }
  // The inner switch of a device, counted over all nodes: the devices of a node are dealt to its
  // inner switches in blocks. REQUIRES: has_inner_switches().
  [[nodiscard]] std::int64_t inner_switch_of(EndpointId device) const;
  // The node of a device, a hub or an inner switch. REQUIRES: it is one of these.
  [[nodiscard]] NodeId node_at(VertexId vertex) const;
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
  [[nodiscard]] std::int64_t direct_links() const {  // connections
    return has_direct_links() ? nodes() * pairs_of(devices_per_node()) : 0;
  }
  [[nodiscard]] std::int64_t inner_switches() const {  // of all nodes
    return has_inner_switches() ? nodes() * parts_.inner_switches : 0;
  }
  // Connections inside nodes: they come before the injection links.
  [[nodiscard]] std::int64_t links_inside() const {
    return has_hubs() ? endpoints() + direct_links() + inner_switches() : 0;
  }

  Parts parts_;
  std::int64_t switches_;
  std::vector<std::int32_t> out_begin_;
  std::vector<LinkId> out_;
};

}  // namespace rehearse
