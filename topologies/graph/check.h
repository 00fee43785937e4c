// What may be wrong with a network, and how much of what its nodes can send it carries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

struct NetworkCheck {
  // Ordered pairs of devices of different nodes that cannot reach each other; one of them.
  std::int64_t unreachable = 0;
  NodeId unreachable_from = -1;
  NodeId unreachable_to = -1;
  // Connections the two directions of which differ in bandwidth; the first of them.
  std::int64_t asymmetric = 0;
  LinkId asymmetric_link = -1;

  // Switches with more cables than ports, where the ports are told
  // (topologies/shapes/stated_ports.h); the first of them.
  std::int64_t overfull = 0;
  std::int64_t overfull_switch = -1;  // its index
  std::int64_t overfull_cables = 0;
  std::int64_t overfull_ports = 0;

  // Every node sends as much as its NICs can; `share` of that arrives at once, as far as the most
  // loaded link lets through: NIC rate x time / bytes, under the given routing. 1 if only NICs
  // limit.
  struct Throughput {
    std::string pattern;  // "uniform: …", for people
    double share = 1;
    bool exact = true;  // else over a seeded sample of the flows
    LinkId busiest = -1;
  };
  std::vector<Throughput> throughput;  // empty if the network is not connected or has one node

  [[nodiscard]] bool passed() const { return unreachable == 0 && asymmetric == 0 && overfull == 0; }
};

// Patterns (topologies/routing/traffic_patterns.h):
//   uniform     every device to all devices of other nodes alike
//   next group  node n to node n + the nodes of the first group, counted round; several groups only
//   half way    node n to node n + half the nodes, counted round
// The last two, of device i to device i, are hard for dragonflies (Kim et al., ISCA 2008, section
// 4.2) and tori (the tornado of Towles and Dally, "Worst-case traffic for oblivious routing
// functions", SPAA 2002, is half way along a ring).
NetworkCheck check_network(const Network& network, const Router& router);

}  // namespace rehearse
