#include "sim/worlds/fabric.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/worlds/round_ends.h"
#include "topologies/placement/placement.h"

namespace rehearse {

namespace s4u = simgrid::s4u;

Fabric::Fabric(const Network& network, const Router& router, const std::vector<EndpointId>& workers,
               const StackProfile& profile, const NoiseModel& noise, CollectiveFidelity fidelity,
               bool shares_core, Carrier& carrier)
    : network_(network),
      router_(router),
      workers_(workers),
      profile_(profile),
      noise_(noise),
      fidelity_(fidelity),
      shares_core_(shares_core),
      carrier_(carrier),
      reduction_streams_(network, workers),
      node_of_job_(job_nodes(network, workers)),
      last_rounds_(workers.size()) {
  std::vector<int> ranks(workers.size());
  std::iota(ranks.begin(), ranks.end(), 0);
  world_ = std::make_shared<Group>(0, std::move(ranks));
}

bool Fabric::same_node(int a, int b) const {
  return network_.node_of(workers_[static_cast<std::size_t>(a)]) ==
         network_.node_of(workers_[static_cast<std::size_t>(b)]);
}

MessagePiece Fabric::piece(int a, int b, Bytes message) const {
  return same_node(a, b) ? profile_.local_message(message) : profile_.message(message);
}

double Fabric::stream_rate(int a, int b, Bytes message, std::int64_t step) const {
  const std::optional<Bandwidth> rate = piece(a, b, message).bandwidth;
  if (!rate) return -1;
  if (same_node(a, b)) return rate->value();
  return rate->value() * noise_.stream_rate(node_of_job_[static_cast<std::size_t>(a)], step);
}

double Fabric::stream_rate(int a, int b, const StepCosts& costs, double share, int senders,
                           std::int64_t step) const {
  if (same_node(a, b)) return costs.device.value() * share * rate_factor(step);
  const double nics = network_.nics_per_node();
  // Devices that share a NIC share what it sends; one that has several uses all of them.
  const double own = senders > nics ? nics / senders
                                    : std::max(1.0, std::floor(nics / network_.devices_per_node()));
  return costs.nic.value() * own * share *
         noise_.stream_rate(node_of_job_[static_cast<std::size_t>(a)], step);
}

double Fabric::rate_factor(std::int64_t step) const { return noise_.stream_median(step); }

Duration Fabric::message_latency(int a, int b, Bytes message) const {
  const Duration latency = piece(a, b, message).latency;
  if (ends().wake_up == Duration(0) || same_node(a, b)) return latency;
  return latency + ends().waking(way(a, b));
}

Duration Fabric::step_latency(int a, int b, Bytes message) const {
  const Duration latency = message_latency(a, b, message);
  if (!handshakes(a, b, message)) return latency;
  return latency + small_message(a, b) + small_message(b, a);
}

Duration Fabric::step_latency(int a, int b, Bytes message, const StepCosts* costs) const {
  if (costs == nullptr) return step_latency(a, b, message);
  return same_node(a, b) ? costs->inside : costs->between;
}

bool Fabric::handshakes(int a, int b, Bytes message) const {
  return ends().handshakes(message) && !same_node(a, b);
}

bool Fabric::is_eager(int a, int b, Bytes message) const {
  return ends().rendezvous_from && !ends().handshakes(message) && !same_node(a, b);
}

Duration Fabric::small_message(int a, int b) const {
  return message_latency(a, b, Bytes(0)) + way(a, b);
}

Duration Fabric::announcement_after_data(int a, int b) const {
  Duration time = small_message(a, b);
  std::vector<LinkId> path;
  router_.route(workers_[static_cast<std::size_t>(a)], workers_[static_cast<std::size_t>(b)], 0,
                path);
  for (const LinkId id : path) time += ends().announcement / network_.link(id).bandwidth;
  return time;
}

Duration Fabric::way(int a, int b) const {
  std::vector<LinkId> path;
  router_.route(workers_[static_cast<std::size_t>(a)], workers_[static_cast<std::size_t>(b)], 0,
                path);
  Duration time;
  for (const LinkId id : path) time += network_.link(id).latency;
  return time;
}

Bandwidth Fabric::first_link(int a, int b) const {
  std::vector<LinkId> path;
  router_.route(workers_[static_cast<std::size_t>(a)], workers_[static_cast<std::size_t>(b)], 0,
                path);
  return network_.link(path.front()).bandwidth;
}

std::optional<Duration> Fabric::meet(const Group& group, int me, int peer, Duration now) {
  std::deque<Duration>& theirs = waiting_[channel_number(group.context(), peer, me)];
  if (theirs.empty()) {
    waiting_[channel_number(group.context(), me, peer)].push_back(now);
    return {};
  }
  const Duration since = theirs.front();
  theirs.pop_front();
  return now - since;
}

Duration Fabric::addition(int a, int b, Bytes received) const {
  return same_node(a, b) ? profile_.local_addition(received) : profile_.addition(received);
}

Duration Fabric::gather_copy(int a, int b, Bytes received) const {
  return same_node(a, b) ? Duration(0) : profile_.gather_copy(received);
}

std::optional<Duration> Fabric::copying(int a, int b, Bytes message) const {
  if (!shares_core_ || !same_node(a, b)) return {};
  const std::optional<Bandwidth> rate = piece(a, b, message).bandwidth;
  if (!rate) return {};
  return message / *rate;
}

s4u::SemaphorePtr Fabric::copied(const Group& group, int a, int b) {
  s4u::SemaphorePtr& semaphore = copied_[channel_number(group.context(), a, b)];
  if (!semaphore) semaphore = s4u::Semaphore::create(0);
  return semaphore;
}

Meeting& Fabric::meeting(const Group& group, std::int64_t turn) {
  auto& slot = meetings_[{group.context(), turn}];
  if (!slot) {
    slot = std::make_unique<Meeting>();
    slot->gathering.emplace(group.size(), fidelity_ == CollectiveFidelity::flow);
  }
  return *slot;
}

void Fabric::leave(const Group& group, std::int64_t turn) {
  const auto found = meetings_.find({group.context(), turn});
  if (++found->second->left == group.size()) meetings_.erase(found);
}

Duration Fabric::route_latency(int a, int b) const {
  std::vector<LinkId> path;
  Duration sum;
  for (int key = 0; key < router_.subflows(); ++key) {
    router_.route(workers_[static_cast<std::size_t>(a)], workers_[static_cast<std::size_t>(b)],
                  static_cast<std::uint64_t>(key), path);
    for (const LinkId id : path) sum += network_.link(id).latency;
  }
  return sum / router_.subflows();
}

std::vector<PhasePlan> Fabric::plan(const Group& group, const Schedule& schedule, Bytes element,
                                    const StepCosts* costs) const {
  std::vector<PhasePlan> plans;
  std::vector<Volume> volumes;
  for (const Phase& phase : schedule.phases()) {
    // Phases of one round are executed message by message and need no more than their number.
    if (phase.rounds == 1 && !phase.steps.known()) {
      plans.push_back({phase});
      continue;
    }
    const auto members = static_cast<std::size_t>(group.size());
    PhasePlan plan{phase, std::vector<std::vector<Place>>(members), std::vector<Duration>(members),
                   std::vector<Duration>(members), std::vector<bool>(members)};
    std::vector<FlowOf> flows_between_nodes;
    std::vector<bool> sends(members);  // to other nodes
    int flows = 0;
    int between = 0;
    for (int rank = 0; rank < group.size(); ++rank) {
      volumes.clear();
      schedule.volumes(rank, phase, volumes);
      const int from = group.world_rank(rank);
      for (const Volume& volume : volumes) {
        const int to = group.world_rank(volume.peer);
        const bool stays = same_node(from, to);
        if (stays && phase.switched > 0) continue;
        const Bytes message = element * static_cast<double>(volume.elements) / volume.messages;
        plan.sources[static_cast<std::size_t>(volume.peer)].push_back(from);
        plan.additions[static_cast<std::size_t>(volume.peer)] +=
            gather_copy(from, to, message * volume.messages);
        plan.copying[static_cast<std::size_t>(volume.peer)] +=
            copying(from, to, message).value_or(Duration(0)) * volume.messages;
        if (!stays) {
          sends[static_cast<std::size_t>(rank)] = true;
          plan.leaves_node[static_cast<std::size_t>(rank)] = true;
          plan.leaves_node[static_cast<std::size_t>(volume.peer)] = true;
          flows_between_nodes.push_back({rank, volume.peer, message * volume.messages});
          ++between;
        }
        ++flows;
        const Duration step = step_latency(from, to, message, costs);
        const Duration whole = route_latency(from, to);
        const Duration route = costs == nullptr ? whole
                               : stays          ? Duration(0)
                                                : costs->between_on(whole) - costs->between;
        plan.mean_step_latency += step;
        plan.mean_route_latency += route;
        PhasePlan::Hop& hop = stays ? plan.inside : plan.between;
        hop.route += route;
        hop.step += step;
      }
      volumes.clear();
      schedule.added(rank, phase, volumes);
      for (const Volume& volume : volumes) {
        const int peer = group.world_rank(volume.peer);
        const Bytes received = element * static_cast<double>(volume.elements);
        plan.additions[static_cast<std::size_t>(rank)] +=
            addition(peer, from, received) - gather_copy(peer, from, received);
      }
    }
    if (ends().acknowledgement_share > 0) {
      plan.acknowledged = acknowledged_apart(group.size(), flows_between_nodes);
    }
    if (costs != nullptr) plan.senders = senders_by_rank(group, sends);
    if (flows > 0) {
      plan.mean_route_latency *= 1.0 / flows;
      plan.mean_step_latency *= 1.0 / flows;
    }
    if (flows > between) {
      plan.inside.route *= 1.0 / (flows - between);
      plan.inside.step *= 1.0 / (flows - between);
    } else if (phase.switched > 0) {
      const int first = group.world_rank(0);
      plan.inside = {costs == nullptr
                         ? 2 * network_.link(network_.device_link(device(first))).latency
                         : Duration(0),
                     costs == nullptr ? Duration(0) : costs->inside};
    }
    if (between > 0) {
      plan.between.route *= 1.0 / between;
      plan.between.step *= 1.0 / between;
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::vector<int> Fabric::senders_by_rank(const Group& group, const std::vector<bool>& sends) const {
  std::unordered_map<NodeId, int> of_node;
  const auto node = [&](int rank) { return network_.node_of(device(group.world_rank(rank))); };
  for (int rank = 0; rank < group.size(); ++rank) {
    if (sends[static_cast<std::size_t>(rank)]) ++of_node[node(rank)];
  }
  std::vector<int> senders(sends.size());
  for (int rank = 0; rank < group.size(); ++rank) {
    senders[static_cast<std::size_t>(rank)] = of_node[node(rank)];
  }
  return senders;
}

}  // namespace rehearse
