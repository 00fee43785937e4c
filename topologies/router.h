// The path of a flow through a network.
//
//   std::unique_ptr<Router> router = make_router(network, Routing::minimal);
//   std::vector<LinkId> path;
//   router->route(0, 17, 0, path);   // links from device 0 to device 17, in order
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "topologies/network.h"
#include "topologies/network_spec.h"

namespace rehearse {

class Router {
 public:
  Router() = default;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  virtual ~Router() = default;

  // Replaces `out` by the links from src to dst; empty if they are the same. Flows with different
  // keys between the same two devices may take different paths of the same kind; equal arguments
  // always give the same path. Computed from the shape, without tables. Thread safe.
  // REQUIRES: src and dst are endpoints of the network.
  virtual void route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                     std::vector<LinkId>& out) const = 0;
};

// Minimal routing.
// Fat-tree: up to the lowest common switch and down; the up ports are the digits of the destination
// (D-mod-k: Zahavi, "D-Mod-K routing providing non-blocking traffic for shift permutations on real
// life fat trees", 2010), rotated by the flow key.
// Dragonfly: to the gateway, over one global link, to the destination; the global link is chosen
// among all of the pair of groups by a hash of source, destination and key. Inside a group rank 1
// comes first, then rank 2.
// The router borrows the network, which must outlive it.
std::unique_ptr<Router> make_router(const Network& network, Routing routing);

}  // namespace rehearse
