#include "sim/worlds/message_end_rules.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace rehearse {
namespace {

constexpr Duration kLongAgo{-std::numeric_limits<double>::infinity()};

}  // namespace

MessageEndRules::MessageEndRules(const MessageCosts& costs, Carrier& carrier)
    : costs_(costs),
      ends_(costs.profile().ends),
      carrier_(carrier),
      senders_(costs.workers().size(), Sender{kLongAgo}) {}

std::unique_ptr<MessageEndRules> MessageEndRules::make(const MessageCosts& costs,
                                                       Carrier& carrier) {
  if (costs.profile().ends.add_nothing()) return nullptr;
  return std::make_unique<MessageEndRules>(costs, carrier);
}

std::optional<Duration> MessageEndRules::apply(std::int64_t step, Messages::Outgoing& message) {
  const int from = message.from;
  const int to = message.sending.to;
  if (costs_.same_node(from, to)) return {};
  Duration& free_at = sender(from).free_at;
  message.ready = std::max(message.ready, free_at);
  const Bandwidth link = costs_.first_link(from, to);
  const Bytes on_wire =
      behind_burst(ends_.on_wire(message.payload, {}), message.ready - free_at, link);
  message.sending = costs_.sending(from, to, message.payload, message.payload, on_wire, step);
  message.latency = last_latency(from, to, message.payload);
  sender(from).last = {.sending = on_wire / link, .peer = to};
  free_at = message.ready;
  if (handshakes(from, to, message.payload)) message.ready += small_message(from, to);
  if (!is_eager(from, to, message.payload)) return {};
  message.early = true;
  free_at += on_wire / link;
  return free_at;
}

void MessageEndRules::has_left(int rank, Duration when) {
  sender(rank).free_at = std::max(sender(rank).free_at, when);
}

Duration MessageEndRules::message_latency(int a, int b, Bytes message) const {
  const Duration latency = costs_.latency(a, b, message);
  if (ends_.wake_up == Duration(0) || costs_.same_node(a, b)) return latency;
  return latency + ends_.waking(costs_.way(a, b));
}

Duration MessageEndRules::last_latency(int a, int b, Bytes message) const {
  Duration latency = message_latency(a, b, message);
  if (handshakes(a, b, message)) latency += small_message(b, a);
  return latency;
}

Duration MessageEndRules::step_latency(int a, int b, Bytes message) const {
  const Duration latency = message_latency(a, b, message);
  if (!handshakes(a, b, message)) return latency;
  return latency + small_message(a, b) + small_message(b, a);
}

bool MessageEndRules::handshakes(int a, int b, Bytes message) const {
  return ends_.handshakes(message) && !costs_.same_node(a, b);
}

bool MessageEndRules::is_eager(int a, int b, Bytes message) const {
  return ends_.rendezvous_from && !ends_.handshakes(message) && !costs_.same_node(a, b);
}

Duration MessageEndRules::small_message(int a, int b) const {
  return message_latency(a, b, Bytes(0)) + costs_.way(a, b);
}

Duration MessageEndRules::announcement_after_data(int a, int b) const {
  Duration time = small_message(a, b);
  for (const LinkId id : costs_.path(a, b)) {
    time += ends_.announcement / costs_.network().link(id).bandwidth;
  }
  return time;
}

Bytes MessageEndRules::behind_burst(Bytes on_wire, Duration idle, Bandwidth link) const {
  if (!(ends_.idle_burst > Bytes(0))) return on_wire;
  return on_wire - std::min(ends_.burst_after(idle, link), on_wire);
}

std::vector<double> MessageEndRules::acknowledged_apart(int ranks,
                                                        const std::vector<FlowOf>& flows) const {
  if (!(ends_.acknowledgement_share > 0)) return {};
  std::set<std::pair<int, int>> pairs;
  std::vector<Bytes> sent(static_cast<std::size_t>(ranks));
  for (const FlowOf& flow : flows) {
    pairs.insert({flow.from, flow.to});
    sent[static_cast<std::size_t>(flow.from)] += flow.payload;
  }
  std::vector<double> shares(static_cast<std::size_t>(ranks));
  for (const FlowOf& flow : flows) {
    const auto to = static_cast<std::size_t>(flow.to);
    if (pairs.contains({flow.to, flow.from}) || sent[to] == Bytes(0)) continue;
    shares[to] += flow.payload / sent[to];
  }
  return shares;
}

Bytes MessageEndRules::flow_on_wire(const PhasePlan& plan, const Group& group, const FlowOf& flow,
                                    int messages) const {
  const int from = group.world_rank(flow.from);
  const int to = group.world_rank(flow.to);
  if (costs_.same_node(from, to)) return flow.payload;
  const double share =
      plan.acknowledged.empty() ? 0 : plan.acknowledged[static_cast<std::size_t>(flow.from)];
  Bytes size = ends_.on_wire(flow.payload, flow.payload * share);
  if (ends_.idle_burst > Bytes(0)) {
    // Between the messages of two rounds a sender idles for their latencies.
    const Duration idle = plan.mean_route_latency + plan.mean_step_latency;
    size -= std::min(size, messages * ends_.burst_after(idle, costs_.first_link(from, to)));
  }
  return size;
}

}  // namespace rehearse
