// Which nodes can reach each other over the switches and links that work.
#pragma once

#include <optional>
#include <vector>

#include "topologies/graph/network.h"

namespace rehearse {

// The parts into which switches fall, by number from 0; edges l with `failed[l]` join nothing
// (empty: all work).
std::vector<std::int64_t> switch_parts(const NetworkShape& shape, const std::vector<bool>& failed);

// Of each node the part of its working NICs: 0, 1, … in the order of the nodes. A node without any,
// or with NICs in two parts (nothing is routed through nodes), is in a part of its own.
std::vector<std::int64_t> node_parts(const Network& network);

// A node that cannot reach the largest part, if there is one. Exact.
std::optional<NodeId> cut_off_node(const Network& network);

}  // namespace rehearse
