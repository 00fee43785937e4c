// What a network amounts to, for people who choose one.
#pragma once

#include <cstdint>

#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

struct NetworkFacts {
  std::int64_t endpoints = 0;
  std::int64_t nodes = 0;
  std::int64_t switches = 0;
  std::int64_t links = 0;            // directed; a full-duplex connection counts twice
  std::int64_t failed_switches = 0;  // neither these nor those below are counted above
  std::int64_t failed_links = 0;
  std::int64_t groups = 0;

  // Links on the way between two different devices, over the routes of flow key 0: the most, and
  // the mean over all ordered pairs. Exact up to kExactPairs pairs, else over a seeded sample of as
  // many.
  int diameter = 0;
  double mean_hops = 0;
  bool hops_exact = true;

  // The most the first half of the nodes can send to the second half at once, under the best
  // possible routing (maximum flow), in one direction.
  Bandwidth bisection;
  Bandwidth injection;  // of all NICs together, in one direction
};

inline constexpr std::int64_t kExactPairs = 1 << 18;

NetworkFacts facts(const Network& network, const Router& router);

// The maximum flow from nodes 0 … nodes / 2 - 1 to the rest; zero below two nodes.
Bandwidth bisection_bandwidth(const Network& network);

}  // namespace rehearse
