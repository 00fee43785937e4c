// Pictures of networks. Large ones are drawn at the level of groups or subtrees, with counts.
#pragma once

#include <string>

#include "topologies/network.h"

namespace rehearse {

// A Graphviz graph. Up to `limit` vertices everything is drawn; then switches with their number of
// nodes; then groups with their number of switches.
std::string to_dot(const Network& network, int limit = 300);

// A self-contained SVG picture with title, legend and counts.
std::string to_svg(const Network& network);

}  // namespace rehearse
