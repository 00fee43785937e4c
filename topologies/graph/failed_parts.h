// What of a network does not work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topologies/graph/network.h"

namespace rehearse {

class ObjectReader;

struct FailedParts {
  std::vector<std::string> links;     // by Network::link_name; both directions fail
  std::vector<std::string> switches;  // by Network::vertex_name; their links fail with them
  // Besides, this share of the connections between switches, and of the switches on which no node
  // hangs, each rounded to a whole number. With one seed a larger share fails the same ones and
  // more.
  double link_fraction = 0;
  double switch_fraction = 0;
  std::uint64_t seed = 1;
  std::string file, path;  // where it stands, for messages
};

// {"links", "switches", "link_fraction", "switch_fraction", "seed"}
FailedParts read_failed_parts(ObjectReader reader);

// The same network without the failed parts: vertices and links keep their numbers and names, the
// failed ones are marked, and routes lead around them (topologies/graph/degraded.h). A NIC fails
// with its link, with its switch, and where failures part its switch from most of the nodes. Throws
// Error::input for a name that no link or switch has, or if there is no switch to choose from.
Network::Parts with_failures(Network::Parts parts, const FailedParts& failed);

}  // namespace rehearse
