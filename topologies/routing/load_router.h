// Routings that choose by the load of the moment, and what all routings append to a route.
#pragma once

#include <cstdint>
#include <vector>

#include "topologies/routing/flow_ends.h"
#include "topologies/routing/router.h"

namespace rehearse {

// Append the part of a route between the leaves of a flow: a shortest one, and the `nth` detour
// that the flow's hash picks. Where a detour comes back to a switch the loop is cut out.
// REQUIRES: ends.leaves_node().
void append_shortest(const Network& network, const FlowEnds& ends, std::uint64_t turn,
                     std::vector<LinkId>& out);
void append_detour(const Network& network, const FlowEnds& ends, int nth, std::vector<LinkId>& out);

// How many candidates of each kind a flow looks at, and how much dearer a detour is at the same
// load: (hops of the detour / hops of the shortest)^hop_power.
struct LoadRule {
  int shortest;
  int detours;
  double hop_power;
};

inline constexpr LoadRule kUgal{4, 4, 0.125};
inline constexpr LoadRule kAdaptive{8, 0, 0};

// Packets of a message take different routes; so many flows stand for them.
inline constexpr int kSubflows = 4;
// So many or more, and equally many over each NIC of a device.
inline int striped_subflows(const Network& network) {
  const int nics = stripes(network);
  return (kSubflows + nics - 1) / nics * nics;
}

class LoadRouter : public Router {
 public:
  LoadRouter(const Network& network, LoadRule rule) : network_(network), rule_(rule) {}

  void route(EndpointId src, EndpointId dst, std::uint64_t flow_key,
             std::vector<LinkId>& out) const override;
  void route_under_load(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                        const LinkLoads& loads, std::vector<LinkId>& out) const override;
  void candidates(EndpointId src, EndpointId dst, std::uint64_t flow_key,
                  Candidates& out) const override;
  [[nodiscard]] bool looks_at_load() const override { return true; }
  [[nodiscard]] bool routes_each_message() const override { return true; }
  [[nodiscard]] int subflows() const override { return striped_subflows(network_); }

 private:
  [[nodiscard]] double penalty(std::size_t detour, std::size_t shortest) const;

  const Network& network_;
  const LoadRule rule_;
};

}  // namespace rehearse
