#include "predict/job_places.h"

#include <set>

#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

void add_on_own_nodes(const JobPoint& job, const Network& network, int count,
                      std::vector<EndpointId>& places) {
  if (count == 0) return;
  const Scenario& scenario = job.scenario();
  std::set<NodeId> taken;
  for (const EndpointId worker : places) taken.insert(network.node_of(worker));
  Placement by_node = scenario.placement;
  by_node.mapping = Placement::Mapping::block;
  const std::int64_t devices = (job.worker_nodes() + count) * scenario.node.devices;
  for (const EndpointId place : place(network, by_node, devices, scenario.seed)) {
    if (count == 0) return;
    if (!taken.insert(network.node_of(place)).second) continue;
    places.push_back(place);
    --count;
  }
}

void add_colocated(const JobPoint& job, const Network& network, int count,
                   std::vector<EndpointId>& places) {
  std::vector<EndpointId> first_of_node;
  std::set<NodeId> seen;
  for (std::int64_t i = 0; i < job.workers(); ++i) {
    const EndpointId worker = places[static_cast<std::size_t>(i)];
    if (seen.insert(network.node_of(worker)).second) first_of_node.push_back(worker);
  }
  const auto nodes = static_cast<std::int64_t>(first_of_node.size());
  for (int i = 0; i < count; ++i) {
    const std::int64_t node = count >= nodes ? i % nodes : i * nodes / count;
    places.push_back(first_of_node[static_cast<std::size_t>(node)]);
  }
}

}  // namespace

std::vector<EndpointId> job_places(const JobPoint& job, const Network& network) {
  const Scenario& scenario = job.scenario();
  const Roles roles = job.roles();
  const std::int64_t on_devices = scenario.server_devices();
  std::vector<EndpointId> places =
      place(network, scenario.placement, job.workers() + on_devices, scenario.seed);
  if (on_devices > 0) return places;
  if (scenario.strategy.servers.colocated) {
    add_colocated(job, network, roles.servers(), places);
  } else {
    add_on_own_nodes(job, network, roles.servers(), places);
  }
  add_on_own_nodes(job, network, roles.masters(), places);
  return places;
}

}  // namespace rehearse
