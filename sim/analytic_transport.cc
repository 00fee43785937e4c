#include "sim/analytic_transport.h"

#include <algorithm>
#include <bit>
#include <simgrid/s4u.hpp>
#include <string>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "sim/core.h"

namespace rehearse {
namespace {

Duration engine_now() { return Duration(simgrid::s4u::Engine::get_clock()); }

void sleep_for(Duration time) {
  if (time > Duration(0)) simgrid::s4u::this_actor::sleep_for(time.value());
}

Bytes largest_message(const PhasePattern::Flows& flows, Bytes buffer) {
  return buffer * flows.share / std::max(1, flows.messages);
}

// What the messages of the largest flow cost, by their size.
MessagePiece piece_of(const PhasePattern::Flows& flows, Bytes buffer, bool local,
                      const FabricProfile& profile) {
  const Bytes message = largest_message(flows, buffer);
  return local ? profile.local_message(message) : profile.message(message);
}

Duration time_of(Bytes bytes, const MessagePiece& piece, double factor = 1) {
  return piece.bandwidth ? bytes / (*piece.bandwidth * factor) : Duration(0);
}

}  // namespace

AnalyticTransport::AnalyticTransport(CollectivePatterns& patterns, const FrontierNoise& noise,
                                     bool shares_core, const Links& links, RankHooks hooks)
    : patterns_(patterns),
      noise_(noise),
      shares_core_(shares_core),
      links_(links),
      hooks_(std::move(hooks)) {}

void refuse_unknown_ends(const FabricProfile& profile) {
  const MessageEnds& ends = profile.ends;
  const char* unknown = ends.acknowledgement_share > 0      ? "acknowledgement_share"
                        : ends.idle_burst > Bytes(0)        ? "idle_burst"
                        : ends.departure_skew > Duration(0) ? "departure_skew"
                        : ends.departure_spread > 0         ? "departure_spread"
                        : ends.wake_up > Duration(0)        ? "wake_up"
                                                            : nullptr;
  if (unknown == nullptr) return;
  throw Error::input("fidelity 'analytic' does not know '" + std::string(unknown) +
                         "' of fabric '" + profile.name + "'",
                     "it depends on what each rank sends and receives when",
                     "use fidelity flow, or leave it out");
}

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

AnalyticTransport::PhaseCost AnalyticTransport::cost(const PhasePattern& phase,
                                                     Bytes buffer) const {
  const std::int64_t step = hooks_.step();
  const MessagePiece local = piece_of(phase.local, buffer, true, patterns_.profile());
  MessagePiece remote = piece_of(phase.remote, buffer, false, patterns_.profile());
  PhaseCost cost;
  cost.busy = Duration(phase.bottleneck * buffer.value());
  cost.transfer = std::max(cost.busy, time_of(buffer * phase.remote.share, remote,
                                              noise_.slowest_stream(phase.remote.nodes, step)));
  if (!patterns_.cores_copy()) {
    cost.transfer = std::max(cost.transfer, time_of(buffer * phase.local.share, local));
  }
  cost.copying = time_of(buffer * phase.copied, local);
  const MessageEnds& ends = patterns_.profile().ends;
  if (phase.remote.count > 0 && ends.handshakes(largest_message(phase.remote, buffer))) {
    const Duration small = patterns_.profile().message(Bytes(0)).latency + phase.longest_route;
    remote.latency += 2 * small;
  }
  const double flows = static_cast<double>(phase.local.count + phase.remote.count);
  if (flows == 0) return cost;
  const Duration mean = (local.latency * static_cast<double>(phase.local.count) +
                         remote.latency * static_cast<double>(phase.remote.count)) /
                        flows;
  Duration slowest = phase.local.count > 0 ? local.latency : Duration(0);
  if (phase.remote.count > 0) slowest = std::max(slowest, remote.latency);
  const Duration stack = phase.rounds == 1 ? slowest : mean * phase.rounds;
  const Duration route = phase.rounds == 1 ? phase.longest_route : phase.mean_route * phase.rounds;
  cost.latency = route + stack * noise_.step_latency(step);
  cost.additions = Duration(phase.additions * buffer.value());
  return cost;
}

void AnalyticTransport::pass(simgrid::s4u::Host* link, const PhaseCost& cost) {
  if (!(cost.busy > Duration(0))) return sleep_for(cost.transfer);
  simgrid::s4u::this_actor::exec_init(cost.busy.value())
      ->set_host(link)
      ->set_bound(cost.busy / cost.transfer)
      ->wait();
}

Duration AnalyticTransport::execute(const Group& group, const Schedule& schedule,
                                    const Buffer& buffer) {
  EXPECTS(schedule.ranks() == group.size() && schedule.elements() == buffer.elements);
  (void)rank_in(group);
  hooks_.synchronise();
  const CollectivePattern& pattern = patterns_.of(group, schedule);
  const Bytes bytes(static_cast<double>(buffer.elements) * buffer.bytes_per_element);
  const Duration copy = patterns_.profile().staging(bytes * pattern.staged);
  // What waits for nothing that tasks share is slept through at once.
  Duration asleep;
  const auto wake = [&] { sleep_for(std::exchange(asleep, Duration(0))); };
  const auto stage = [&](CopyEngine& engine) {
    wake();
    engine.copy(copy);
  };
  bool on_host = false;
  for (const PhasePattern& phase : pattern.phases) {
    const bool leaves = phase.remote.count > 0;
    if (std::exchange(on_host, leaves) != leaves) {
      stage(leaves ? engines_.to_host : engines_.to_device);
    }
    const PhaseCost c = cost(phase, bytes);
    wake();
    const Duration begin = engine_now();
    pass(leaves ? links_.between_nodes : links_.inside_nodes, c);
    asleep += c.latency;
    if (shares_core_) {
      wake();
      const Duration waited = engine_now() - begin;
      for (int round = 0; round < phase.rounds; ++round) hooks_.waited(waited / phase.rounds);
      run_on_core(c.copying + c.additions);
    } else {
      asleep += c.copying + c.additions;
    }
  }
  wake();
  if (on_host) engines_.to_device.copy(copy);
  return {};
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
