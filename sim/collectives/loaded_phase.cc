#include <cmath>
#include <limits>
#include <unordered_map>

#include "sim/collectives/phase_flows.h"
#include "sim/network/fluid_loads.h"
#include "sim/network/starting_flows.h"

namespace rehearse {
// A buffer of 1 GB, so that no flow is as small as a packet.
double CollectivePatterns::time_under_load(const std::vector<TrafficFlow>& flows) const {
  constexpr double kBuffer = 1e9;
  std::vector<double> capacities;
  for (LinkId id = 0; id < network_.links(); ++id) {
    capacities.push_back(network_.link(id).bandwidth.value());
  }
  FluidNetwork fluid(std::move(capacities));
  const FluidLoads loads(fluid);
  std::unordered_map<EndpointId, int> places;
  for (std::size_t rank = 0; rank < workers_.size(); ++rank) {
    places.emplace(workers_[rank], static_cast<int>(rank));
  }
  FlowRoutes routes(network_, router_, workers_);
  StartingFlows starting(network_.links(), loads);
  for (const TrafficFlow& flow : flows) {
    const int from = places.at(flow.src);
    const int to = places.at(flow.dst);
    const int parts = routes.parts(from, to);
    for (int part = 0; part < parts; ++part) {
      starting.add(
          {from, to, flow.bytes * kBuffer / parts, std::numeric_limits<double>::infinity(), 0});
    }
  }
  starting.begin(routes, [&](const StartingFlows::Flow& flow) {
    fluid.start(flow.path, flow.bytes, flow.most, flow.tag);
  });
  double now = 0;
  std::vector<std::uint32_t> ended;
  for (fluid.settle(now); std::isfinite(fluid.next()); fluid.settle(now)) {
    now = fluid.next();
    fluid.finish(now, ended);
  }
  return now / kBuffer;
}

const std::vector<double>& CollectivePatterns::under_load(const Group& group,
                                                          const Schedule& schedule) {
  const std::size_t index = family_of_.at(group.id());
  const std::pair key{index, schedule.kind()};
  const auto known = loaded_.find(key);
  if (known != loaded_.end()) return known->second;
  const auto even = even_size(schedule);
  const double whole = static_cast<double>(even->elements());
  std::vector<double> times;
  Flows flows;
  for (const Phase& phase : even->phases()) {
    flows.clear();
    std::vector<double> copied(cores_copy_ ? workers_.size() : 0);
    for (const auto& sister : families_[index]) {
      collect(*sister, *even, phase, whole, flows, copied);
    }
    times.push_back(time_under_load(flows.flows));
  }
  return loaded_.emplace(key, std::move(times)).first->second;
}

}  // namespace rehearse
