// The part of routing that all topologies share: out of the source node, into the destination node.
#pragma once

#include "topologies/router.h"

namespace rehearse {

// Adds the links between the first switches of two different nodes; each topology has its own.
class FabricRoute {
 public:
  struct Flow {
    NodeId src, dst;
    std::int64_t dst_port;  // the destination NIC among all NICs of the network
    std::uint64_t key;      // as the user gave it
    std::uint64_t hash;     // of source device, destination device and key
  };

  FabricRoute() = default;
  FabricRoute(const FabricRoute&) = delete;
  FabricRoute& operator=(const FabricRoute&) = delete;
  virtual ~FabricRoute() = default;
  virtual void append(const Flow& flow, std::vector<LinkId>& out) const = 0;
};

std::unique_ptr<FabricRoute> fat_tree_route(const Network& network);
std::unique_ptr<FabricRoute> dragonfly_route(const Network& network);

// Spreads all bits of `value`: the finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014).
std::uint64_t mixed(std::uint64_t value);

}  // namespace rehearse
