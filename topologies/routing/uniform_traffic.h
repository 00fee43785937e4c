// What uniform traffic puts on the links of a network, without routing every flow.
#pragma once

#include <cstdint>
#include <optional>

#include "topologies/routing/router.h"
#include "topologies/routing/traffic.h"

namespace rehearse {

// The routes of pairs of leaves that are looked at, at most: up to 5 s of one core.
inline constexpr std::int64_t kMostUniformRoutes = 1 << 26;

// Every device sends one byte to every device of all other nodes. Where flows choose among equal
// routes by a hash, the expectation: each route carries an equal part. Flows between the same two
// leaves count as one, so that it costs the square of the leaves (on fat-trees, whose routes depend
// on the destination, leaves times NICs) times the equal routes. Links inside nodes are left out.
// None for routings by load and by detours, in networks with failed links between switches, and
// where there are more routes than the limit above.
// REQUIRES: the network is connected.
std::optional<Traffic> uniform_traffic(const Network& network, const Router& router);

}  // namespace rehearse
