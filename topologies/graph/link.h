// Links of a network and the ids by which they and their ends are known.
//
// A link is one direction of one connection. Connections are full duplex: link l and link l ^ 1 are
// the two directions of the same connection. They have the same rate, unless a file gives them two.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace rehearse {

using VertexId = std::int32_t;    // any vertex of the graph
using EndpointId = std::int32_t;  // a device (one worker runs on one device); also its VertexId
using NodeId = std::int32_t;      // a node (server) of one or more devices
using LinkId = std::int32_t;

enum class LinkClass : std::uint8_t {
  intra_node,  // device <-> inside of its node (NVLink, PCIe)
  injection,   // node <-> its first switch (a NIC)
  up,          // fat-tree, away from the nodes
  down,        // fat-tree, towards the nodes
  local,       // dragonflies, inside a group (Aries: a chassis, rank 1); Slim Fly, a subgraph
  local2,      // dragonfly in the Aries form, between the chassis of a group (rank 2)
  global,      // dragonflies, between groups (rank 3); Slim Fly, between the subgraphs
  dimension,   // torus, mesh and HyperX, along a dimension
  other,       // of networks given link by link
};

inline constexpr int kLinkClasses = 9;

std::string_view to_text(LinkClass cls);

// Per link and direction.
struct LinkRate {
  Bandwidth bandwidth;
  Duration latency;
};

struct Link {
  VertexId from = 0;
  VertexId to = 0;
  Bandwidth bandwidth;  // of all cables together
  Duration latency;     // wire and the switch (or adapter) at its far end
  LinkClass cls = LinkClass::injection;
  int cables = 1;  // parallel cables over which the hardware stripes packets by itself
};

}  // namespace rehearse
