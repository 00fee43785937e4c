// Which devices the workers of a job get.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "topologies/network.h"

namespace rehearse {

class ObjectReader;

struct Placement {
  enum class Kind {
    contiguous,         // nodes 0, 1, 2, …
    random,             // nodes in a seeded random order
    group_round_robin,  // one node of each group in turn
    explicit_nodes,     // the nodes listed, in that order
  };
  Kind kind = Kind::contiguous;
  std::vector<std::int64_t> nodes;  // of explicit_nodes only
};

// The device of each worker. Workers fill the devices of a node before the next node is begun.
// Throws Error::input if there are more workers than devices, or if a listed node does not exist or
// stands twice. REQUIRES: workers >= 1.
std::vector<EndpointId> place(const Network& network, const Placement& placement,
                              std::int64_t workers, std::uint64_t seed);

// "contiguous", "random", "group_round_robin" or an array of nodes at `key`; contiguous if absent.
Placement read_placement(ObjectReader& parent, std::string_view key);

}  // namespace rehearse
