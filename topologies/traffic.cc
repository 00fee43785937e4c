#include "topologies/traffic.h"

#include <algorithm>

namespace rehearse {

Traffic route_traffic(const Network& network, const Router& router,
                      std::span<const TrafficFlow> flows) {
  Traffic traffic;
  traffic.bytes.resize(static_cast<std::size_t>(network.links()));
  std::vector<LinkId> path;
  const int parts = router.subflows();
  double hops = 0;
  for (const TrafficFlow& flow : flows) {
    for (int part = 0; part < parts; ++part) {
      router.route(flow.src, flow.dst, static_cast<std::uint64_t>(part), path);
      Duration latency;
      for (const LinkId id : path) {
        traffic.bytes[static_cast<std::size_t>(id)] += flow.bytes / parts;
        latency += network.link(id).latency;
      }
      hops += static_cast<double>(path.size());
      traffic.mean_latency += latency;
      traffic.longest_latency = std::max(traffic.longest_latency, latency);
    }
  }
  if (!flows.empty()) {
    const double share = 1.0 / (static_cast<double>(flows.size()) * parts);
    traffic.mean_hops = hops * share;
    traffic.mean_latency *= share;
  }
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
  return traffic;
}

}  // namespace rehearse
