// Which devices the workers of a job get.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "topologies/graph/network.h"

namespace rehearse {

class ObjectReader;

struct Placement {
  enum class Kind {
    contiguous,         // nodes 0, 1, 2, …
    random,             // nodes in a seeded random order
    group_round_robin,  // one node of each group in turn
    explicit_nodes,     // the nodes listed, in that order
    linear,  // the free nodes of a busy machine, in order (topologies/placement/busy_machine.h)
  };
  // Which of the job's devices a worker gets.
  enum class Mapping {
    block,        // workers fill the devices of a node before the next node is begun
    round_robin,  // workers are dealt to the nodes of the job in turn
  };
  Kind kind = Kind::contiguous;
  std::vector<std::int64_t> nodes;  // of explicit_nodes only
  double free = 1;                  // of linear only: share of the nodes, in (0, 1]
  Mapping mapping = Mapping::block;
};

// The nodes that a job can get of a machine of `nodes`: those listed, those free, or all.
std::int64_t usable_nodes(const Placement& placement, std::int64_t nodes);

// The device of each worker. A job gets as many nodes as its workers need devices. Throws
// Error::input if there are more workers than usable devices, or if a listed node does not exist or
// stands twice. REQUIRES: workers >= 1.
std::vector<EndpointId> place(const Network& network, const Placement& placement,
                              std::int64_t workers, std::uint64_t seed);

// For each worker the number of its node among those of the job, in the order in which the workers
// come to them: 0, 1, 2, ...
std::vector<std::int64_t> job_nodes(const Network& network, const std::vector<EndpointId>& workers);

// "contiguous", "random", "group_round_robin", an array of nodes, or an object of "kind" (one of
// these words, or "linear", which has the key "free") at `key`; contiguous if absent.
Placement read_placement(ObjectReader& parent, std::string_view key);

// "block" or "round_robin" at `key`; block if absent.
Placement::Mapping read_mapping(ObjectReader& parent, std::string_view key);

}  // namespace rehearse
