// What a set of flows that are under way together puts on the links of a network.
#pragma once

#include <span>
#include <vector>

#include "base/units.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

struct TrafficFlow {
  EndpointId src, dst;
  double bytes;
};

struct Traffic {
  std::vector<double> bytes;  // of each link
  // The time in which the most loaded link carries its bytes at its full rate: what the flows need
  // at least, and exactly where they share it fairly and nothing else holds them up.
  Duration bottleneck;
  LinkId busiest = -1;  // -1 if nothing travels; the first of equals
  Duration longest_latency;
  Duration mean_latency;  // over the flows
  double mean_hops = 0;   // over the flows
  // Of routings by load, whose split is a fixed point: by how much the last iteration still changed
  // the bottleneck, relatively, and how many there were.
  double residual = 0;
  int iterations = 0;
};

// Routings by load: flows are split over their candidate routes
// (topologies/routing/traffic_split.h). Others take the routes of key 0; where they split messages
// (Router::subflows), the mean over the routes of 8 keys or more, up to 64 if the flows are few.
// Linear in the hops of all flows.
Traffic route_traffic(const Network& network, const Router& router,
                      std::span<const TrafficFlow> flows);

// Sets `bottleneck` and `busiest` from `bytes`.
void find_bottleneck(const Network& network, Traffic& traffic);

}  // namespace rehearse
