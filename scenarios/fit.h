// Whether the parts of a cluster fit each other, without building anything large.
#pragma once

#include <cstdint>

#include "base/json_reader.h"
#include "topologies/graph/network_spec.h"
#include "topologies/placement/placement.h"

namespace rehearse {

// What build_network would refuse, told before: throws Error::input, without a place, if the nodes
// do not fit, the network is too large or not connected.
void expect_network_fits(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node);

// Throws Error::input at the entry of "placement" in `cluster` that names no node or one named
// before.
void expect_placement_fits(const Placement& placement, std::int64_t nodes,
                           const ObjectReader& cluster);

}  // namespace rehearse
