// The tree over which the switches of a network add what devices send: sums travel up to one
// switch, the result down the same links.
//
//   ReductionTree tree = reduction_tree(network, devices, 0);
//   for (LinkId id : tree.up) …   // a device's buffer passes each once, and its reverse once
//
// The root is a switch from which the farthest of the devices' leaves is as few hops away as from
// any, and every switch sends towards it on a shortest way: a tree of least depth.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "topologies/graph/network.h"

namespace rehearse {

struct ReductionTree {
  std::int64_t root = 0;               // a switch, as all below by its index
  std::vector<LinkId> up;              // each once
  std::vector<std::int64_t> switches;  // each once
  // Of the slowest way from a device to the root, links and adders, and of the slowest way back.
  Duration up_latency, down_latency;
  std::int64_t hops = 0;  // from the devices to the root, of all together
};

// `choice` in [0, 1) picks among equally good roots, and among the first links of equally short
// ways: trees of choices far apart share few links where the network has many ways.
//
// Two breadth-first searches per try: the depth is the least if 32 tries suffice to prove it, as
// they do on trees, and the best one found otherwise. REQUIRES: the network's switches reduce; two
// devices or more, on nodes of their own, which can reach each other.
ReductionTree reduction_tree(const Network& network, std::span<const EndpointId> devices,
                             double choice);

}  // namespace rehearse
