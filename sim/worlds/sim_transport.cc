#include "sim/worlds/sim_transport.h"

#include <algorithm>
#include <array>
#include <bit>
#include <simgrid/s4u/Actor.hpp>
#include <utility>

#include "base/contract.h"
#include "kernels/add_arrived.h"
#include "sim/engine/core.h"
#include "sim/engine/engine_time.h"

namespace rehearse {
namespace {

Bytes size_of(const Action& action, Bytes element) {
  return element * static_cast<double>(action.elements);
}

// What an all-reduce leaves at each member; in the order of ranks, so that all have the same.
void sum_into(const std::vector<std::vector<float>>& all, const Tensor& tensor) {
  std::ranges::copy(all.front(), tensor.floats());
  for (std::size_t i = 1; i < all.size(); ++i) {
    add_arrived(all[i].data(), tensor.elements, tensor.floats());
  }
}

}  // namespace

SimTransport::Shared::Shared(const MessageCosts& message_costs, Fidelity of, Carrier& messages_by,
                             double wire)
    : costs(message_costs),
      wire_scale(wire),
      fidelity(of),
      carrier(messages_by),
      ends(MessageEndRules::make(costs, carrier)),
      meetings(static_cast<int>(costs.workers().size()), of == Fidelity::flow),
      messages(carrier),
      reduction_streams(costs.network(), costs.workers()) {}

SimTransport::SimTransport(int rank, Shared& shared, RankHooks hooks)
    : rank_(rank), shared_(shared), costs_(shared.costs), hooks_(std::move(hooks)) {}

void SimTransport::Staging::move(bool to_host) {
  if (to_host != on_host) (to_host ? engines.to_host : engines.to_device).copy(copy);
  on_host = to_host;
}

int SimTransport::rank_in(const Group& group) const {
  if (group.id() == 0) return rank_;
  for (int i = 0; i < group.size(); ++i) {
    if (group.world_rank(i) == rank_) return i;
  }
  EXPECTS(!"this rank is a member of the group");
  return -1;
}

Sending SimTransport::sending(int to, Bytes payload, Bytes message, Bytes on_wire) const {
  return costs_.sending(rank_, to, payload, message, on_wire, hooks_.step());
}

Duration SimTransport::collective(const Group& group, const CollectiveCall& call,
                                  const Tensor& tensor) {
  if (call.algorithm == Algorithm::native || call.algorithm == Algorithm::in_network) {
    return Transport::collective(group, call, tensor);
  }
  const Bytes bytes = element_of(tensor) * static_cast<double>(tensor.elements);
  const std::int64_t turn = turns_[group.context()];
  if (is_formula(call.algorithm)) return sleep_together(group, call.formula, tensor);
  Meeting& meeting = shared_.meetings.of(group, turn);
  if (meeting.schedule == nullptr) {
    meeting.schedule = make_collective(call, group.size(), tensor.elements);
    meeting.costs =
        step_costs(costs_.network(), costs_.profile(), call, group.size(), bytes.value());
  }
  return run(group, *meeting.schedule, tensor, meeting.costs ? &*meeting.costs : nullptr);
}

Duration SimTransport::sleep_together(const Group& group, Duration time, const Tensor& tensor) {
  hooks_.synchronise();
  const Duration arrival = engine_now();
  const std::int64_t turn = turns_[group.context()]++;
  Meeting& meeting = shared_.meetings.of(group, turn);
  const auto me = static_cast<std::size_t>(rank_in(group));
  if (tensor.data != nullptr) {
    meeting.summed.resize(static_cast<std::size_t>(group.size()));
    meeting.summed[me].assign(tensor.values().begin(), tensor.values().end());
  }
  meeting.gathering->wait();
  if (tensor.data != nullptr) sum_into(meeting.summed, tensor);
  const Duration waited = engine_now() - arrival;
  shared_.meetings.leave(group, turn);
  sleep_for(time);
  return waited;
}

Duration SimTransport::run(const Group& group, const Schedule& schedule, const Tensor& tensor,
                           const StepCosts* costs) {
  EXPECTS(schedule.ranks() == group.size() && schedule.elements() == tensor.elements);
  hooks_.synchronise();
  const Duration arrival = engine_now();
  const std::int64_t turn = turns_[group.context()]++;
  Staging staging{engines_,
                  costs_.profile().staging(element_of(tensor) *
                                           static_cast<double>(schedule.staged(rank_in(group))))};
  Meeting& meeting = shared_.meetings.of(group, turn);
  meeting.last_arrival = arrival;
  if (tensor.data != nullptr) {
    if (!meeting.numbers) meeting.numbers.emplace(group.size());
    meeting.numbers->join(rank_in(group), schedule, tensor);
  }
  if (meeting.arrived++ == 0) {
    meeting.phases =
        plan_phases(costs_, shared_.ends.get(), group, schedule, element_of(tensor), costs);
  }
  const bool by_message = shared_.fidelity == Fidelity::message;
  for (const PhasePlan& plan : meeting.phases) {
    const Phase& phase = plan.phase;
    const bool pipeline = phase.steps.known();
    if (phase.switched > 0 && by_message) {
      (void)shared_.carrier.begin_stream({}, Bytes(0), 0);  // refuses
    }
    if (!by_message && (phase.rounds > 1 || pipeline)) {
      run_flows(group, schedule, plan, tensor, costs, meeting, staging);
      continue;
    }
    for (int round = 0; round < phase.rounds; ++round) {
      run_round(group, schedule, phase.first_round + round, tensor, costs, staging, !pipeline);
    }
    if (pipeline) {
      const Duration latency = latency_of(plan);
      sleep_for(latency);
      hooks_.waited(latency);
    }
  }
  if (costs != nullptr) sleep_for(costs->base * costs_.noise().step_latency(hooks_.step()));
  staging.move(false);
  if (tensor.data != nullptr) meeting.numbers->leave(rank_in(group));
  // A rank may be done before the last one arrives (a tree's leaf in a reduce).
  const bool all_here = meeting.arrived == group.size();
  const Duration waited = all_here ? meeting.last_arrival - arrival : Duration(0);
  shared_.meetings.leave(group, turn);
  return std::min(waited, engine_now() - arrival);
}

Duration SimTransport::latency_of(const PhasePlan& plan) {
  const double noise = costs_.noise().step_latency(hooks_.step());
  const PhaseSteps& steps = plan.phase.steps;
  if (!steps.known()) {
    return (plan.mean_step_latency * noise + plan.mean_route_latency) * plan.phase.rounds;
  }
  return (plan.inside.step * noise + plan.inside.route) * steps.inside +
         (plan.between.step * noise + plan.between.route) * steps.between;
}

void SimTransport::begin_pass(const Group& group, const Schedule& schedule, const PhasePlan& plan,
                              const Tensor& tensor, const StepCosts* costs, Passing& passing) {
  const int me = rank_in(group);
  const Bytes element = element_of(tensor);
  const Phase& phase = plan.phase;
  const auto stays = [&](const Volume& volume) {
    return costs_.same_node(group.world_rank(volume.peer), rank_);
  };
  std::vector<Volume> volumes;
  schedule.volumes(me, phase, volumes);
  for (const Volume& volume : volumes) sent_ += element * static_cast<double>(volume.elements);
  if (phase.switched > 0) std::erase_if(volumes, stays);
  std::array<double, 2> all{};  // between nodes, and inside
  for (const Volume& volume : volumes) all[stays(volume) ? 1 : 0] += volume.elements;
  std::vector<Sending> sends;
  for (const Volume& volume : volumes) {
    const int to = group.world_rank(volume.peer);
    const Bytes bytes = element * static_cast<double>(volume.elements);
    const bool inside = stays(volume);
    if (costs != nullptr) {
      const double share = volume.elements > 0 ? volume.elements / all[inside ? 1 : 0] : 1;
      const double wire =
          costs->on_wire / (inside || costs->converging == 1
                                ? 1
                                : costs->converging * costs_.rate_factor(hooks_.step()));
      const double rate = costs_.stream_rate(
          rank_, to, *costs, share, plan.senders[static_cast<std::size_t>(me)], hooks_.step());
      sends.push_back({to, bytes * wire, rate * wire});
      continue;
    }
    Bytes on_wire = bytes;
    if (shared_.ends) {
      on_wire = shared_.ends->flow_on_wire(plan, group, {me, volume.peer, bytes}, volume.messages);
    }
    sends.push_back(sending(to, bytes, bytes / volume.messages, on_wire));
  }
  passing.begin = engine_now();
  if (phase.switched > 0) {
    const Network& network = costs_.network();
    const LinkId up = network.device_link(costs_.device(rank_));
    const double switched = static_cast<double>(phase.switched);
    double most = -1;
    if (costs != nullptr && costs->adders) {
      most = costs->adders->value() * switched / static_cast<double>(schedule.elements()) *
             costs_.rate_factor(hooks_.step());
    }
    passing.stream = shared_.carrier.begin_stream(std::array{up, Network::reverse(up)},
                                                  element * switched, most);
  }
  shared_.carrier.begin_exchange(group.context(), rank_, sends,
                                 plan.sources[static_cast<std::size_t>(me)], passing.done);
}

void SimTransport::run_flows(const Group& group, const Schedule& schedule, const PhasePlan& plan,
                             const Tensor& tensor, const StepCosts* costs, Meeting& meeting,
                             Staging& staging) {
  const auto me = static_cast<std::size_t>(rank_in(group));
  staging.move(plan.leaves_node[me]);
  const Duration arrival = engine_now();
  const PhaseSteps& steps = plan.phase.steps;
  const double filling = steps.filling * steps.slice;
  // Whoever has nothing to do behind its flows sleeps until those of all are over.
  const bool acts = costs_.shares_core() || plan.phase.switched > 0 || filling > 0 ||
                    plan.copying[me] > Duration(0) || plan.additions[me] > Duration(0);
  Passing passing;
  passing.done = [acts, &meeting, self = simgrid::s4u::Actor::self()] {
    if (!acts) return meeting.gathering->come(self);
    self->resume();
    return true;
  };
  meeting.beginnings.push_back([&] { begin_pass(group, schedule, plan, tensor, costs, passing); });
  if (meeting.beginnings.size() == static_cast<std::size_t>(group.size())) {
    for (const auto& begin : std::exchange(meeting.beginnings, {})) begin();
  }
  shared_.carrier.wait_until_resumed();
  if (acts) {
    if (passing.stream) passing.stream->wait();
    sleep_for((engine_now() - passing.begin) * filling);
    Duration waited = engine_now() - arrival;
    run_on_core(plan.copying[me]);
    add(plan.additions[me]);
    const Duration worked = engine_now();
    meeting.gathering->wait();
    sleep_for(latency_of(plan));
    waited += engine_now() - worked;
    const int rounds = plan.phase.rounds;
    // Only a core that is shared minds.
    for (int round = 0; costs_.shares_core() && round < rounds; ++round) {
      hooks_.waited(waited / rounds);
    }
    return;
  }
  sleep_for(latency_of(plan));
}

void SimTransport::add(Duration work) const {
  costs_.shares_core() ? run_on_core(work) : sleep_for(work);
}

void SimTransport::run_round(const Group& group, const Schedule& schedule, int round,
                             const Tensor& tensor, const StepCosts* costs, Staging& staging,
                             bool latency) {
  std::vector<Action> actions;
  schedule.actions(rank_in(group), round, actions);
  if (actions.empty()) return;
  staging.move(std::any_of(actions.begin(), actions.end(), [&](const Action& action) {
    return !costs_.same_node(group.world_rank(action.peer), rank_);
  }));
  const Bytes element = element_of(tensor);
  for (const Action& action : actions) {
    if (action.kind == Action::Kind::send) sent_ += size_of(action, element);
  }
  const Duration begin = engine_now();
  const Duration late = shared_.ends ? shared_.ends->pass_round(group, rank_, hooks_.step, actions,
                                                                element, round > 0)
                                     : transfer(group, actions, element, costs);
  if (latency) sleep_for(late);
  hooks_.waited(engine_now() - begin);
  if (costs_.shares_core()) copy_messages(group, actions, element);
  Duration adding;
  for (const Action& action : actions) {
    if (action.kind == Action::Kind::send) continue;
    const int peer = group.world_rank(action.peer);
    const Bytes size = size_of(action, element);
    adding += action.kind == Action::Kind::receive_add ? costs_.addition(peer, rank_, size)
                                                       : costs_.gather_copy(peer, rank_, size);
  }
  add(adding);
}

Duration SimTransport::transfer(const Group& group, const std::vector<Action>& actions,
                                Bytes element, const StepCosts* costs) {
  std::vector<Sending> sends;
  std::vector<Place> sources;
  Duration latency;
  for (const Action& action : actions) {
    const int peer = group.world_rank(action.peer);
    const Bytes bytes = size_of(action, element);
    if (action.kind == Action::Kind::send) {
      if (costs != nullptr) {
        const double rate = costs_.stream_rate(rank_, peer, *costs, 1, 1, hooks_.step());
        sends.push_back({peer, bytes * costs->on_wire, rate * costs->on_wire});
      } else {
        sends.push_back(sending(peer, bytes, bytes, bytes));
      }
      continue;
    }
    sources.push_back(peer);
    latency = std::max(latency, costs_.latency(peer, rank_, bytes, costs));
  }
  Duration route = shared_.carrier.exchange(group.context(), rank_, sends, sources);
  if (costs != nullptr) route = costs->between_on(route) - costs->between;
  return route + latency * costs_.noise().step_latency(hooks_.step());
}

void SimTransport::copy_messages(const Group& group, const std::vector<Action>& actions,
                                 Bytes element) {
  for (const Action& action : actions) {
    if (action.kind == Action::Kind::send) continue;
    const int from = group.world_rank(action.peer);
    if (const auto work = costs_.copying(from, rank_, size_of(action, element))) {
      run_on_core(*work);
      shared_.meetings.copied(group, from, rank_)->release();
    }
  }
  const Duration copied = engine_now();
  for (const Action& action : actions) {
    if (action.kind != Action::Kind::send) continue;
    const int to = group.world_rank(action.peer);
    if (costs_.copying(rank_, to, size_of(action, element)))
      shared_.meetings.copied(group, rank_, to)->acquire();
  }
  hooks_.waited(engine_now() - copied);
}

SimTransport::Agreement SimTransport::agree_min(const Group& group, std::int64_t value) {
  hooks_.synchronise();
  const Duration arrival = engine_now();
  const std::int64_t turn = turns_[group.context()]++;
  Meeting& meeting = shared_.meetings.of(group, turn);
  meeting.least = meeting.arrived++ == 0 ? value : std::min(meeting.least, value);
  meeting.gathering->wait();
  const std::int64_t least = meeting.least;
  const Duration waited = engine_now() - arrival;
  shared_.meetings.leave(group, turn);
  const int rounds = std::bit_width(static_cast<unsigned>(group.size() - 1));
  sleep_for(costs_.profile().message_latency * rounds);
  hooks_.waited(engine_now() - arrival);
  return {least, waited};
}

}  // namespace rehearse
