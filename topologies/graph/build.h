// Builds networks from what a user says about them.
#pragma once

#include <cstdint>

#include "topologies/graph/network.h"
#include "topologies/graph/network_spec.h"

namespace rehearse {

// A network of `nodes` nodes, filled in order: node n hangs on leaf n / nodes per leaf. Parts of
// the shape that the nodes do not need are left out where the spec leaves them open (levels,
// groups). Sizes are checked before anything is allocated: at most kMostVertices vertices and
// kMostLinks links. Throws Error::input if a rate or a count is not positive, the nodes do not fit,
// the network is too large, or it is not connected: then one node that is cut off is named.
Network build_network(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node);
// The same, but whether the network is connected is not asked. Nothing can be routed where it is
// not (topologies/graph/connectivity.h tells).
Network build_any_network(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node);

inline constexpr std::int64_t kMostVertices = 2'000'000;
inline constexpr std::int64_t kMostLinks = 20'000'000;

}  // namespace rehearse
