// The flows that start at one instant under a routing by load.
//
// Their order within the instant is an accident of the simulation, so it must not decide: all begin
// on the route of an idle network, then each in turn chooses again, knowing the routes of all
// others, until nobody changes or kRouteChoices rounds are over.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/network/flow_routes.h"

namespace rehearse {

inline constexpr int kRouteChoices = 3;

class StartingFlows : public LinkLoads {
 public:
  struct Flow {
    int from, to;
    double bytes;
    double most;  // bytes/s
    std::uint32_t tag;
    std::uint64_t key = 0;
    std::vector<LinkId> path{};
  };

  // `under_way`: the flows that began before.
  StartingFlows(std::int64_t links, const LinkLoads& under_way)
      : under_way_(under_way), count_(static_cast<std::size_t>(links)) {}

  void add(Flow flow) { flows_.push_back(std::move(flow)); }

  // Gives every flow its route, hands them over in the order of their adding, and forgets them.
  void begin(FlowRoutes& routes, const std::function<void(const Flow&)>& start);

  [[nodiscard]] double flows(LinkId link) const override {
    return under_way_.flows(link) + count_[static_cast<std::size_t>(link)];
  }

 private:
  void count(const std::vector<LinkId>& path, int change);

  const LinkLoads& under_way_;
  std::vector<std::int32_t> count_;  // of flows_, by link
  std::vector<Flow> flows_;
};

}  // namespace rehearse
