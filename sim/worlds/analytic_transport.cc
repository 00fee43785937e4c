#include "sim/worlds/analytic_transport.h"

#include <algorithm>
#include <bit>
#include <simgrid/s4u.hpp>
#include <string>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "sim/engine/core.h"
#include "sim/engine/engine_time.h"

namespace rehearse {
namespace {

[[noreturn]] void refuse_messages() {
  throw Error::input("fidelity 'analytic' cannot send messages from rank to rank",
                     "its one rank stands for all, so that nobody is there at the other end",
                     "use fidelity flow");
}

}  // namespace

AnalyticTransport::AnalyticTransport(CollectivePatterns& patterns, const SlowestRankNoise& noise,
                                     bool shares_core, const Links& links, RankHooks hooks)
    : patterns_(patterns),
      noise_(noise),
      shares_core_(shares_core),
      links_(links),
      hooks_(std::move(hooks)) {}

int AnalyticTransport::rank_in(const Group& group) const {
  if (!patterns_.knows(group)) {
    throw Error::input("fidelity 'analytic' cannot fold a collective of " +
                           std::to_string(group.size()) + " of " + std::to_string(size()) +
                           " ranks",
                       "its one rank stands for all, and nobody knows what the others do meanwhile",
                       "use fidelity flow");
  }
  return 0;
}

StepFactors AnalyticTransport::factors(std::int64_t nodes) const {
  const std::int64_t step = hooks_.step();
  return {.slowest_stream = noise_.slowest_stream(std::max<std::int64_t>(1, nodes), step),
          .latency = noise_.step_latency(step)};
}

void AnalyticTransport::pass(simgrid::s4u::Host* link, const PhaseCost& cost) {
  if (!(cost.busy > Duration(0))) return sleep_for(cost.transfer);
  simgrid::s4u::this_actor::exec_init(cost.busy.value())
      ->set_host(link)
      ->set_bound(cost.busy / cost.transfer)
      ->wait();
}

Duration AnalyticTransport::collective(const Group& group, const CollectiveCall& call,
                                       const Tensor& tensor) {
  if (call.algorithm == Algorithm::native || call.algorithm == Algorithm::in_network) {
    return Transport::collective(group, call, tensor);
  }
  if (is_formula(call.algorithm)) {
    hooks_.synchronise();
    sleep_for(call.formula);
    return {};
  }
  const double bytes = static_cast<double>(tensor.elements) * tensor.element_bytes();
  const auto costs =
      step_costs(patterns_.network(), patterns_.profile(), call, group.size(), bytes);
  const auto schedule = make_collective(call, group.size(), tensor.elements);
  return run(group, *schedule, tensor, costs ? &*costs : nullptr);
}

double AnalyticTransport::sent_in(const Schedule& schedule) {
  std::string kind = schedule.kind();
  if (kind.empty()) return static_cast<double>(elements_sent(schedule, 0));
  const auto [known, added] =
      elements_sent_.try_emplace({std::move(kind), schedule.ranks(), schedule.elements()});
  if (added) known->second = static_cast<double>(elements_sent(schedule, 0));
  return known->second;
}

Duration AnalyticTransport::run(const Group& group, const Schedule& schedule, const Tensor& tensor,
                                const StepCosts* costs) {
  EXPECTS(schedule.ranks() == group.size() && schedule.elements() == tensor.elements);
  (void)rank_in(group);
  hooks_.synchronise();
  sent_ += Bytes(sent_in(schedule) * tensor.element_bytes());
  const CollectivePattern& pattern = patterns_.of(group, schedule);
  const Bytes bytes(static_cast<double>(tensor.elements) * tensor.element_bytes());
  const Duration copy = patterns_.profile().staging(bytes * pattern.staged);
  // What waits for nothing that tasks share is slept through at once.
  Duration asleep;
  const auto wake = [&] { sleep_for(std::exchange(asleep, Duration(0))); };
  const auto stage = [&](CopyEngine& engine) {
    wake();
    engine.copy(copy);
  };
  bool on_host = false;
  const std::vector<Phase> phases = schedule.phases();
  ENSURES(phases.size() == pattern.phases.size());
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const PhasePattern& phase = pattern.phases[i];
    const bool leaves = phase.remote.count > 0;
    if (std::exchange(on_host, leaves) != leaves) {
      stage(leaves ? engines_.to_host : engines_.to_device);
    }
    const PhaseCost c = phase_cost(phase, phases[i], bytes, patterns_.profile(), costs,
                                   factors(phase.remote.nodes), patterns_.cores_copy());
    wake();
    const Duration begin = engine_now();
    pass(leaves ? links_.between_nodes : links_.inside_nodes, c);
    asleep += c.filling + c.latency;
    if (shares_core_) {
      wake();
      const Duration waited = engine_now() - begin;
      for (int round = 0; round < phase.rounds; ++round) hooks_.waited(waited / phase.rounds);
      run_on_core(c.copying + c.additions);
    } else {
      asleep += c.copying + c.additions;
    }
  }
  if (costs != nullptr) asleep += costs->base * noise_.step_latency(hooks_.step());
  wake();
  if (on_host) engines_.to_device.copy(copy);
  return {};
}

std::unique_ptr<Transfer> AnalyticTransport::start_send(const Group&, int, int, const Tensor&) {
  refuse_messages();
}

std::unique_ptr<Transfer> AnalyticTransport::start_receive(const Group&, int, int, const Tensor&) {
  refuse_messages();
}

Transport::Completed AnalyticTransport::wait_any(std::span<const std::unique_ptr<Transfer>>) {
  refuse_messages();
}

AnalyticTransport::Agreement AnalyticTransport::agree_min(const Group& group, std::int64_t value) {
  (void)rank_in(group);
  hooks_.synchronise();
  const int rounds = std::bit_width(static_cast<unsigned>(group.size() - 1));
  const Duration latency = patterns_.profile().message_latency * rounds;
  sleep_for(latency);
  hooks_.waited(latency);
  return {value, {}};
}

}  // namespace rehearse
