#include <algorithm>
#include <unordered_map>
#include <utility>

#include "sim/collectives/phase_flows.h"

namespace rehearse {

CollectivePatterns::Routed CollectivePatterns::route(const Flows& flows, double before) const {
  const bool some_copied = cores_copy_ && flows.pattern.local.count > 0;
  Traffic traffic = route_traffic(network_, router_, flows.flows);
  Routed routed;
  routed.pattern = flows.pattern;
  routed.pattern.mean_route = traffic.mean_latency;
  routed.pattern.longest_route = traffic.longest_latency;
  split_routes(flows, traffic, routed.pattern);
  routed.hops = traffic.mean_hops * static_cast<double>(flows.flows.size());
  routed.link_shares = std::move(traffic.bytes);
  if (!some_copied) {
    routed.longest = traffic.bottleneck.value();
    add_times(flows, routed.link_shares, before, routed);
    return routed;
  }
  std::vector<TrafficFlow> leaving = flows.flows;
  for (std::size_t i = 0; i < leaving.size(); ++i) {
    if (flows.stays[i]) leaving[i].bytes = 0;
  }
  traffic = route_traffic(network_, router_, leaving);
  routed.longest = traffic.bottleneck.value();
  add_times(flows, traffic.bytes, before, routed);
  return routed;
}

// All flows inside nodes are taken to have the latency of the first.
void CollectivePatterns::split_routes(const Flows& flows, const Traffic& traffic,
                                      PhasePattern& pattern) const {
  const auto local = std::find(flows.stays.begin(), flows.stays.end(), true);
  if (local != flows.stays.end()) {
    const TrafficFlow& flow =
        flows.flows[static_cast<std::size_t>(std::distance(flows.stays.begin(), local))];
    std::vector<LinkId> path;
    router_.route(flow.src, flow.dst, 0, path);
    Duration latency;
    for (const LinkId id : path) latency += network_.link(id).latency;
    pattern.local.mean_route = latency;
  }
  if (pattern.remote.count == 0) return;
  const auto all = static_cast<double>(flows.flows.size());
  pattern.remote.mean_route =
      (traffic.mean_latency * all -
       pattern.local.mean_route * static_cast<double>(pattern.local.count)) /
      static_cast<double>(pattern.remote.count);
}

// A flow is as fast as its share of the most loaded link on its way. All are taken to be as long as
// the slowest where no link carries more than a NIC would, where the way is only known under load,
// in a phase of many rounds, and in one so short that nobody gets ahead by it.
void CollectivePatterns::add_times(const Flows& flows, const std::vector<double>& link_shares,
                                   double before, Routed& routed) const {
  constexpr double kShort = 0.002;  // of the time before
  const std::vector<double> loops = loop_times(flows);
  for (const double time : loops) routed.longest = std::max(routed.longest, time);
  const double largest = std::max(flows.pattern.local.share, flows.pattern.remote.share);
  Bandwidth nic = network_.link(network_.injection_link(0, 0)).bandwidth;
  nic = std::min(nic, profile_.receive_loop_on_wire().value_or(nic));
  const Bytes on_wire = profile_.ends.on_wire(Bytes(largest), {});
  const bool contended = routed.longest > 1.0001 * (on_wire / nic).value();
  if (flows.ranks.empty() || router_.looks_at_load() || !contended) return;
  if (routed.longest < kShort * before) return;
  std::vector<double> busy(link_shares.size());
  for (std::size_t i = 0; i < busy.size(); ++i) {
    if (link_shares[i] == 0) continue;
    busy[i] = (Bytes(link_shares[i]) / network_.link(static_cast<LinkId>(i)).bandwidth).value();
  }
  routed.times.reserve(flows.flows.size());
  std::vector<LinkId> path;
  for (std::size_t i = 0; i < flows.flows.size(); ++i) {
    const TrafficFlow& flow = flows.flows[i];
    double time = loops.empty() ? 0 : loops[i];
    for (int part = 0; part < router_.subflows(); ++part) {
      router_.route(flow.src, flow.dst, static_cast<std::uint64_t>(part), path);
      for (const LinkId id : path) time = std::max(time, busy[static_cast<std::size_t>(id)]);
    }
    routed.times.push_back(time);
  }
}

std::vector<double> CollectivePatterns::loop_times(const Flows& flows) const {
  const auto rate = profile_.receive_loop_on_wire();
  if (!rate) return {};
  std::unordered_map<EndpointId, double> received;
  for (std::size_t i = 0; i < flows.flows.size(); ++i) {
    if (!flows.stays[i]) received[flows.flows[i].dst] += flows.flows[i].bytes;
  }
  std::vector<double> times;
  for (std::size_t i = 0; i < flows.flows.size(); ++i) {
    const Bytes all(flows.stays[i] ? 0 : received[flows.flows[i].dst]);
    times.push_back((all / *rate).value());
  }
  return times;
}

}  // namespace rehearse
