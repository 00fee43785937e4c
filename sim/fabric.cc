#include "sim/fabric.h"

#include <numeric>
#include <string>

namespace rehearse {

namespace s4u = simgrid::s4u;

Fabric::Fabric(const Network& network, const Router& router, const std::vector<EndpointId>& workers,
               const FabricProfile& profile, const NoiseModel& noise, CollectiveFidelity fidelity)
    : network_(network),
      router_(router),
      workers_(workers),
      profile_(profile),
      noise_(noise),
      fidelity_(fidelity) {
  std::vector<int> ranks(workers.size());
  std::iota(ranks.begin(), ranks.end(), 0);
  world_ = std::make_shared<Group>(0, std::move(ranks));
  std::unordered_map<NodeId, std::int64_t> numbers;
  for (const EndpointId worker : workers) {
    const auto next = static_cast<std::int64_t>(numbers.size());
    node_of_job_.push_back(numbers.try_emplace(network.node_of(worker), next).first->second);
  }
}

bool Fabric::same_node(int a, int b) const {
  return network_.node_of(workers_[static_cast<std::size_t>(a)]) ==
         network_.node_of(workers_[static_cast<std::size_t>(b)]);
}

double Fabric::stream_rate(int a, int b, std::int64_t step) const {
  if (same_node(a, b)) {
    return profile_.local_stream_bandwidth ? profile_.local_stream_bandwidth->value() : -1;
  }
  if (!profile_.stream_bandwidth) return -1;
  return profile_.stream_bandwidth->value() *
         noise_.stream_rate(node_of_job_[static_cast<std::size_t>(a)], step);
}

Duration Fabric::step_latency(int a, int b) const {
  return same_node(a, b) ? profile_.local_step_latency : profile_.step_latency;
}

Meeting& Fabric::meeting(const Group& group, std::int64_t turn) {
  auto& slot = meetings_[{group.id(), turn}];
  if (!slot) {
    slot = std::make_unique<Meeting>();
    slot->barrier = s4u::Barrier::create(static_cast<unsigned>(group.size()));
  }
  return *slot;
}

void Fabric::leave(const Group& group, std::int64_t turn) {
  const auto found = meetings_.find({group.id(), turn});
  if (++found->second->left == group.size()) meetings_.erase(found);
}

std::vector<PhasePlan> Fabric::plan(const Group& group, const Schedule& schedule) const {
  std::vector<PhasePlan> plans;
  std::vector<Volume> volumes;
  std::vector<LinkId> path;
  for (const Phase& phase : schedule.phases()) {
    // Phases of one round are executed message by message and need no more than their number.
    if (phase.rounds == 1) {
      plans.push_back({phase, {}, {}, {}});
      continue;
    }
    PhasePlan plan{phase, std::vector<int>(static_cast<std::size_t>(group.size())), {}, {}};
    int flows = 0;
    for (int rank = 0; rank < group.size(); ++rank) {
      volumes.clear();
      schedule.volumes(rank, phase, volumes);
      const int from = group.world_rank(rank);
      for (const Volume& volume : volumes) {
        const int to = group.world_rank(volume.peer);
        ++plan.incoming[static_cast<std::size_t>(volume.peer)];
        ++flows;
        plan.mean_step_latency += step_latency(from, to);
        router_.route(workers_[static_cast<std::size_t>(from)],
                      workers_[static_cast<std::size_t>(to)], 0, path);
        for (const LinkId id : path) plan.mean_route_latency += network_.link(id).latency;
      }
    }
    if (flows > 0) {
      plan.mean_route_latency *= 1.0 / flows;
      plan.mean_step_latency *= 1.0 / flows;
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

s4u::Mailbox* Fabric::mailbox(int a, int b) {
  const auto key = (static_cast<std::uint64_t>(a + 1) << 32) | static_cast<std::uint32_t>(b);
  s4u::Mailbox*& box = mailboxes_[key];
  if (box == nullptr) box = s4u::Mailbox::by_name(std::to_string(key));
  return box;
}

s4u::Mailbox* Fabric::mailbox(int to) { return mailbox(-1, to); }

}  // namespace rehearse
