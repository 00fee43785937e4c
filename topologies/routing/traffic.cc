#include "topologies/routing/traffic.h"

#include <algorithm>

#include "topologies/routing/traffic_split.h"

namespace rehearse {
namespace {

// A route that carries less of its flow is not waited for: it is what iterations leave behind.
constexpr double kLeastShare = 0.01;

// Over how many keys the routes of a flow are averaged: what its packets put on the links in the
// mean, at a bounded effort.
int sampled_keys(const Router& router, std::size_t flows) {
  if (!router.routes_each_message()) return router.subflows();
  constexpr std::size_t kRoutes = 32768;
  const auto keys =
      static_cast<int>(std::clamp<std::size_t>(kRoutes / std::max<std::size_t>(flows, 1), 8, 64));
  const int parts = router.subflows();
  return (keys + parts - 1) / parts * parts;
}

class Sum {
 public:
  Sum(const Network& network, Traffic& traffic) : network_(network), traffic_(traffic) {
    traffic.bytes.resize(static_cast<std::size_t>(network.links()));
  }

  void add(std::span<const LinkId> path, double bytes, double share) {
    Duration latency;
    for (const LinkId id : path) {
      traffic_.bytes[static_cast<std::size_t>(id)] += bytes * share;
      latency += network_.link(id).latency;
    }
    traffic_.mean_hops += static_cast<double>(path.size()) * share;
    traffic_.mean_latency += latency * share;
    if (share >= kLeastShare) {
      traffic_.longest_latency = std::max(traffic_.longest_latency, latency);
    }
  }

 private:
  const Network& network_;
  Traffic& traffic_;
};

void add_averaged(const Router& router, std::span<const TrafficFlow> flows, Sum& sum) {
  const int keys = sampled_keys(router, flows.size());
  std::vector<LinkId> path;
  for (const TrafficFlow& flow : flows) {
    for (int key = 0; key < keys; ++key) {
      router.route(flow.src, flow.dst, static_cast<std::uint64_t>(key), path);
      sum.add(path, flow.bytes, 1.0 / keys);
    }
  }
}

void add_split(const TrafficSplit& split, std::span<const TrafficFlow> flows, Sum& sum) {
  const Candidates& all = split.candidates;
  for (std::size_t f = 0; f < flows.size(); ++f) {
    for (std::size_t r = split.first[f]; r < split.first[f + 1]; ++r) {
      if (split.share[r] == 0) continue;
      const Candidates::Route& route = all.routes[r];
      sum.add({all.links.data() + route.begin, all.links.data() + route.end}, flows[f].bytes,
              split.share[r]);
    }
  }
}

}  // namespace

void find_bottleneck(const Network& network, Traffic& traffic) {
  for (LinkId id = 0; id < network.links(); ++id) {
    const Bytes bytes(traffic.bytes[static_cast<std::size_t>(id)]);
    if (!(bytes > Bytes(0))) continue;
    const Duration time = bytes / network.link(id).bandwidth;
    // Later links must be busier by more than rounding, so that the name does not depend on it.
    if (time > traffic.bottleneck * (1 + 1e-9)) {
      traffic.bottleneck = time;
      traffic.busiest = id;
    }
  }
}

Traffic route_traffic(const Network& network, const Router& router,
                      std::span<const TrafficFlow> flows) {
  Traffic traffic;
  Sum sum(network, traffic);
  if (router.looks_at_load()) {
    const TrafficSplit split = split_by_load(network, router, flows);
    add_split(split, flows, sum);
    traffic.residual = split.residual;
    traffic.iterations = split.iterations;
  } else {
    add_averaged(router, flows, sum);
  }
  if (!flows.empty()) {
    const double share = 1.0 / static_cast<double>(flows.size());
    traffic.mean_hops *= share;
    traffic.mean_latency *= share;
  }
  find_bottleneck(network, traffic);
  return traffic;
}

}  // namespace rehearse
