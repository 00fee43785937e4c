// What a sum over the nodes by the switches uses of a network: one stream over all links of a
// reduction tree, up and down at the same time, and through the adders of its switches. It runs
// everywhere at the rate of its slowest place.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "runtime/world/world.h"
#include "topologies/graph/network.h"

namespace rehearse {

struct ReductionStream {
  std::vector<LinkId> uses;  // links, then adders (add_adders), each once
  Duration latency;          // of the slowest way up and of the slowest down
  std::int64_t hops = 0;     // up, of all ranks together
};

// How many adders the network's switches have: one each, one per link, or none.
std::int64_t adders(const Network& network);

// Appends their capacities, bytes/s, to those of the network's links: their numbers follow those of
// the links.
void add_adders(const Network& network, std::vector<double>& capacities);

class ReductionStreams {
 public:
  // Borrows both; `workers[r]` is the device of rank r.
  ReductionStreams(const Network& network, const std::vector<EndpointId>& workers)
      : network_(network), workers_(workers) {}

  // Stream p is that of the ranks of place p in their nodes, p < ranks_per_node. The streams of a
  // group have roots far apart among the equally good ones, and so have different groups. REQUIRES:
  // switches that add; two nodes or more, each with ranks_per_node consecutive ranks.
  const std::vector<ReductionStream>& of(const Group& group, int ranks_per_node);

 private:
  const Network& network_;
  const std::vector<EndpointId>& workers_;
  std::map<std::pair<int, int>, std::vector<ReductionStream>> known_;
};

}  // namespace rehearse
