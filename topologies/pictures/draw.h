// Pictures of networks. Large ones are drawn at the level of groups or subtrees, with counts.
#pragma once

#include <string>

#include "topologies/graph/network.h"
#include "topologies/routing/traffic_patterns.h"

namespace rehearse {

// A Graphviz graph. Up to `limit` vertices everything is drawn; then switches with their number of
// nodes; then groups with their number of switches.
std::string to_dot(const Network& network, int limit = 300);

struct PictureOptions {
  std::string name;                   // of the network, for the title; may be empty
  const PatternLoad* load = nullptr;  // what the colours of the links show; null: their rate
};

// A self-contained SVG picture with title, counts, and a legend that has every rate of a link.
std::string to_svg(const Network& network, const PictureOptions& options = {});

}  // namespace rehearse
