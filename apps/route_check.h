// Whether the routes of a network lead where they should.
#pragma once

#include <cstdint>

#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

// Follows the route of every ordered pair of devices, or of a seeded sample of kCheckedRoutes
// pairs: each must be a chain of links from the source to the destination that meets no vertex
// twice. Returns the number of routes; throws Error::check_failed for the first bad one.
std::int64_t check_routes(const Network& network, const Router& router);

inline constexpr std::int64_t kCheckedRoutes = 100'000;

}  // namespace rehearse
