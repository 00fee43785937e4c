#include "sim/network/starting_flows.h"

namespace rehearse {

void StartingFlows::begin(FlowRoutes& routes, const std::function<void(const Flow&)>& start) {
  for (Flow& flow : flows_) {
    flow.key = routes.next_key(flow.from, flow.to, 0);
    routes.route(flow.from, flow.to, flow.key, flow.path);
    count(flow.path, 1);
  }
  std::vector<LinkId> chosen;
  bool changed = true;
  for (int round = 0; changed && round < kRouteChoices; ++round) {
    changed = false;
    for (Flow& flow : flows_) {
      count(flow.path, -1);
      routes.route_under_load(flow.from, flow.to, flow.key, *this, chosen);
      changed = changed || chosen != flow.path;
      flow.path.swap(chosen);
      count(flow.path, 1);
    }
  }
  for (const Flow& flow : flows_) {
    count(flow.path, -1);
    start(flow);
  }
  flows_.clear();
}

void StartingFlows::count(const std::vector<LinkId>& path, int change) {
  for (const LinkId link : path) count_[static_cast<std::size_t>(link)] += change;
}

}  // namespace rehearse
