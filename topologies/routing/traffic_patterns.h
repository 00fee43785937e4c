// Who sends to whom when all nodes of a network send at once, and what that puts on the links.
#pragma once

#include <string>
#include <vector>

#include "topologies/routing/router.h"
#include "topologies/routing/traffic.h"

namespace rehearse {

struct PatternLoad {
  std::string pattern;  // "uniform: all to all", for people
  Traffic traffic;
  bool exact = true;  // else over a seeded sample of the flows
  // Every node sends as much as its NICs can; this part of it arrives at once, as far as the most
  // loaded link lets through: NIC rate x time / bytes. 1 if only NICs limit.
  double share = 1;
};

// Every device to all devices of other nodes alike. Up to kSampledFlows flows all are routed;
// beyond, the expectation is computed where it can be (topologies/routing/uniform_traffic.h); else
// that many are sampled: at least kLeastShifts permutations n -> a n + b of the nodes, which load
// all NICs alike. REQUIRES: connected, at least two nodes.
PatternLoad uniform_load(const Network& network, const Router& router);

inline constexpr std::int64_t kSampledFlows = 1 << 21;
inline constexpr std::int64_t kLeastShifts = 16;

// Device i of node n to device i of node n + `nodes`, counted round; `words` say so to people.
// REQUIRES: as above.
PatternLoad shifted_load(const Network& network, const Router& router, std::int64_t nodes,
                         std::string words);

// Node n to node n + the nodes of the first group. REQUIRES: as above.
PatternLoad next_group_load(const Network& network, const Router& router);

// Node n to node n + half the nodes.
PatternLoad half_way_load(const Network& network, const Router& router);

// Node n to node n + 1, each device to its like: the rings of an all-reduce, one for each device of
// a node.
PatternLoad ring_load(const Network& network, const Router& router);

// Nodes are filled group by group, so those of the first group come first.
std::int64_t nodes_of_first_group(const Network& network);

}  // namespace rehearse
