// Transport::reduce_in_network in the simulated world (docs/models.md, "In-network reduction"): all
// members enter together, every stream moves a part of the tensor, then all pay the latency of the
// slowest way up and down and the profile's cost of one message, of which a host sends one and
// receives one. Each stream also passes what a receiving event loop lets through.
#include <algorithm>

#include "base/contract.h"
#include "runtime/collectives/in_nodes.h"
#include "sim/engine/engine_time.h"
#include "sim/worlds/analytic_transport.h"
#include "sim/worlds/sim_transport.h"

namespace rehearse {

Duration SimTransport::reduce_in_network(const Group& group, int ranks_per_node,
                                         const Tensor& tensor) {
  hooks_.synchronise();
  const Duration arrival = engine_now();
  const std::int64_t turn = turns_[group.context()]++;
  const std::int64_t step = hooks_.step();
  const int me = rank_in(group);
  const Bytes part = Bytes(tensor.element_bytes()) *
                     static_cast<double>(owned_in_node(tensor.elements, me, ranks_per_node).size());
  sent_ += part;
  Staging staging{engines_, costs_.profile().staging(part)};
  Meeting& meeting = shared_.meetings.of(group, turn);
  meeting.last_arrival = arrival;
  staging.move(true);
  meeting.gathering->wait();
  const Duration waited = meeting.last_arrival - arrival;
  const auto& streams = shared_.reduction_streams.of(group, ranks_per_node);
  if (me < ranks_per_node) {  // the first node's rank moves the stream for all of its place
    const Bytes on_wire = shared_.ends ? shared_.ends->stream_on_wire(part) : part;
    double most = -1;
    for (int rank = me; rank < group.size(); rank += ranks_per_node) {
      const int other = (rank + ranks_per_node) % group.size();
      const double rate =
          costs_.stream_rate(group.world_rank(rank), group.world_rank(other), part, step);
      if (rate > 0) most = most > 0 ? std::min(most, rate) : rate;
    }
    if (most > 0 && part > Bytes(0)) most *= on_wire / part;
    if (const auto loop = costs_.profile().receive_loop_on_wire()) {
      most = most > 0 ? std::min(most, loop->value()) : loop->value();
    }
    shared_.carrier.stream(streams[static_cast<std::size_t>(me)].uses, on_wire, most);
  }
  meeting.gathering->wait();
  shared_.meetings.leave(group, turn);
  Duration route;
  for (const ReductionStream& stream : streams) route = std::max(route, stream.latency);
  sleep_for(route + costs_.profile().message(part).latency * costs_.noise().step_latency(step));
  staging.move(false);
  return waited;
}

Duration AnalyticTransport::reduce_in_network(const Group& group, int ranks_per_node,
                                              const Tensor& tensor) {
  (void)rank_in(group);
  hooks_.synchronise();
  const StackProfile& profile = patterns_.profile();
  const ReductionPattern& pattern = patterns_.reduction(group, ranks_per_node);
  const Bytes bytes(static_cast<double>(tensor.elements) * tensor.element_bytes());
  const Bytes part = bytes * pattern.share;
  const auto owned = owned_in_node(tensor.elements, 0, ranks_per_node).size();
  sent_ += Bytes(static_cast<double>(owned) * tensor.element_bytes());
  const PhaseCost cost = reduction_cost(pattern, bytes, profile, factors(pattern.nodes));
  engines_.to_host.copy(profile.staging(part));
  pass(links_.between_nodes, cost);
  sleep_for(cost.latency);
  engines_.to_device.copy(profile.staging(part));
  return {};
}

}  // namespace rehearse
