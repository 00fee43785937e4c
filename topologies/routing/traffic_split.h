// How a routing by load splits flows that are all under way together.
#pragma once

#include <span>
#include <vector>

#include "topologies/routing/traffic.h"

namespace rehearse {

// Every flow over its candidate routes (Router::candidates), so that hardly any of its bytes would
// choose another route at the loads that result.
struct TrafficSplit {
  Candidates candidates;           // of all flows, one after the other
  std::vector<std::size_t> first;  // of each flow, its first route; one more at the end
  std::vector<double> share;       // of each route, of its flow's bytes; sums to 1 per flow
  double residual = 0;             // relative change of the bottleneck by the last iteration
  int iterations = 0;
};

// Method of successive averages (Sheffi, "Urban Transportation Networks", 1985, section 5.4): all
// begin on the route of an idle network; in iteration k = 1, 2, … every flow in turn moves 1 / k of
// its bytes to the route that is the cheapest with them, at the loads that the flows before it have
// left. A link costs the time in which it carries its bytes. Stops when nothing moves or, from the
// eighth iteration on, the bottleneck changes by less than kSplitResidual, at the latest after
// kSplitIterations; linear in the candidates' links per iteration.
TrafficSplit split_by_load(const Network& network, const Router& router,
                           std::span<const TrafficFlow> flows);

inline constexpr int kSplitIterations = 16;
inline constexpr double kSplitResidual = 0.005;

}  // namespace rehearse
