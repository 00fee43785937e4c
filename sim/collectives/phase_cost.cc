#include "sim/collectives/phase_cost.h"

#include <algorithm>

namespace rehearse {
namespace {

// `slices`: those of the schedule as it is, per slice of the traced one.
Bytes largest_message(const PhasePattern::Flows& flows, Bytes buffer, double slices) {
  return buffer * flows.share / (std::max(1, flows.messages) * slices);
}

// What the messages of the largest flow cost, by their size.
MessagePiece piece_of(const PhasePattern::Flows& flows, Bytes buffer, double slices, bool local,
                      const StackProfile& profile) {
  const Bytes message = largest_message(flows, buffer, slices);
  return local ? profile.local_message(message) : profile.message(message);
}

Duration time_of(Bytes bytes, const MessagePiece& piece, double factor = 1) {
  return piece.bandwidth ? bytes / (*piece.bandwidth * factor) : Duration(0);
}

Duration filling_of(const Phase& phase, Duration transfer) {
  return transfer * (phase.steps.filling * phase.steps.slice);
}

// Sums in the switch of a node: what a device gives and takes at the same time.
Duration switch_time(const PhasePattern& pattern, const Phase& phase, Bytes buffer,
                     const StepCosts* costs) {
  if (phase.switched == 0) return {};
  Duration time = buffer * pattern.switched / pattern.switch_link;
  if (costs != nullptr && costs->adders) time = std::max(time, buffer / *costs->adders);
  return time;
}

PhaseCost cost_by_levels(const PhasePattern& pattern, const Phase& phase, Bytes buffer,
                         const StepCosts& costs, const StepFactors& factors) {
  PhaseCost cost;
  const bool converges = pattern.remote.count > 0 && costs.converging < 1;
  const double wire = costs.on_wire / (converges ? costs.converging * factors.slowest_stream : 1);
  cost.busy = Duration(pattern.bottleneck * buffer.value() * wire);
  const Duration within = std::max(switch_time(pattern, phase, buffer, &costs),
                                   buffer * pattern.local.sent / costs.device);
  cost.transfer = std::max(cost.busy, within / factors.slowest_stream);
  cost.transfer =
      std::max(cost.transfer, buffer * pattern.remote.sent /
                                  (costs.nic * pattern.nics_per_sender * factors.slowest_stream));
  cost.filling = filling_of(phase, cost.transfer);
  const Duration inside = costs.inside * factors.latency;
  const auto between = [&](Duration route) {
    return costs.between * factors.latency + (costs.between_on(route) - costs.between);
  };
  const double flows = static_cast<double>(pattern.local.count + pattern.remote.count);
  if (phase.steps.known()) {
    cost.latency =
        inside * phase.steps.inside + between(pattern.remote.mean_route) * phase.steps.between;
  } else if (phase.rounds == 1) {
    cost.latency = pattern.remote.count > 0 ? between(pattern.longest_route) : inside;
  } else if (flows > 0) {
    cost.latency =
        (inside * static_cast<double>(pattern.local.count) +
         between(pattern.remote.mean_route) * static_cast<double>(pattern.remote.count)) /
        flows * phase.rounds;
  }
  return cost;
}

}  // namespace

PhaseCost phase_cost(const PhasePattern& pattern, const Phase& phase, Bytes buffer,
                     const StackProfile& profile, const StepCosts* costs,
                     const StepFactors& factors, bool cores_copy) {
  if (costs != nullptr) return cost_by_levels(pattern, phase, buffer, *costs, factors);
  const double slices = static_cast<double>(phase.steps.slices) / pattern.slices;
  const MessagePiece local = piece_of(pattern.local, buffer, slices, true, profile);
  MessagePiece remote = piece_of(pattern.remote, buffer, slices, false, profile);
  PhaseCost cost;
  cost.busy = Duration(pattern.bottleneck * buffer.value());
  cost.transfer =
      std::max(cost.busy, time_of(buffer * pattern.remote.share, remote, factors.slowest_stream));
  if (!cores_copy) {
    cost.transfer = std::max(cost.transfer, time_of(buffer * pattern.local.share, local));
  }
  cost.transfer = std::max(cost.transfer, switch_time(pattern, phase, buffer, nullptr));
  cost.filling = filling_of(phase, cost.transfer);
  cost.copying = time_of(buffer * pattern.copied, local);
  const MessageEnds& ends = profile.ends;
  if (pattern.remote.count > 0 &&
      ends.handshakes(largest_message(pattern.remote, buffer, slices))) {
    const Duration small = profile.message(Bytes(0)).latency + pattern.longest_route;
    remote.latency += 2 * small;
  }
  if (phase.steps.known()) {
    cost.latency =
        (local.latency * factors.latency + pattern.local.mean_route) * phase.steps.inside +
        (remote.latency * factors.latency + pattern.remote.mean_route) * phase.steps.between;
    cost.additions = Duration(pattern.additions * buffer.value());
    return cost;
  }
  const double flows = static_cast<double>(pattern.local.count + pattern.remote.count);
  if (flows == 0) return cost;
  const Duration mean = (local.latency * static_cast<double>(pattern.local.count) +
                         remote.latency * static_cast<double>(pattern.remote.count)) /
                        flows;
  Duration slowest = pattern.local.count > 0 ? local.latency : Duration(0);
  if (pattern.remote.count > 0) slowest = std::max(slowest, remote.latency);
  const Duration stack = pattern.rounds == 1 ? slowest : mean * pattern.rounds;
  const Duration route =
      pattern.rounds == 1 ? pattern.longest_route : pattern.mean_route * pattern.rounds;
  cost.latency = route + stack * factors.latency;
  cost.additions = Duration(pattern.additions * buffer.value());
  return cost;
}

PhaseCost reduction_cost(const ReductionPattern& pattern, Bytes buffer, const StackProfile& profile,
                         const StepFactors& factors) {
  const Bytes part = buffer * pattern.share;
  const MessagePiece piece = profile.message(part);
  PhaseCost cost;
  cost.busy = cost.transfer = Duration(pattern.bottleneck * buffer.value());
  if (piece.bandwidth) {
    cost.transfer = std::max(cost.transfer, part / (*piece.bandwidth * factors.slowest_stream));
  }
  if (const auto loop = profile.receive_loop_on_wire()) {
    cost.transfer = std::max(cost.transfer, profile.ends.on_wire(part, {}) / *loop);
  }
  cost.latency = pattern.latency + piece.latency * factors.latency;
  return cost;
}

}  // namespace rehearse
