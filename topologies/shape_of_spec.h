// From what the user says to a shape that holds the nodes.
#pragma once

#include <cstdint>

#include "topologies/network_spec.h"
#include "topologies/shape.h"

namespace rehearse {

// Throw Error::input if the spec is no network, its nodes do not fit, or it has more than
// kMostVertices switches or kMostLinks links (topologies/build.h); nothing large is allocated.
FatTreeShape fat_tree_shape(const FatTreeSpec& spec, std::int64_t nodes);
DragonflyShape dragonfly_shape(const DragonflySpec& spec, std::int64_t nodes);

// Throws Error::input "the network is too large" unless both are within their bounds. Takes
// doubles, so that products cannot overflow; they are exact far beyond the bounds.
void expect_size(double vertices, double links);

}  // namespace rehearse
