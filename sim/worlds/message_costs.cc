#include "sim/worlds/message_costs.h"

#include <algorithm>
#include <cmath>

#include "topologies/placement/placement.h"

namespace rehearse {

MessageCosts::MessageCosts(const Network& network, const Router& router,
                           const std::vector<EndpointId>& workers, const StackProfile& profile,
                           const NoiseModel& noise, bool shares_core)
    : network_(network),
      router_(router),
      workers_(workers),
      profile_(profile),
      noise_(noise),
      shares_core_(shares_core),
      node_of_job_(job_nodes(network, workers)) {}

bool MessageCosts::same_node(int a, int b) const {
  return network_.node_of(workers_[static_cast<std::size_t>(a)]) ==
         network_.node_of(workers_[static_cast<std::size_t>(b)]);
}

MessagePiece MessageCosts::piece(int a, int b, Bytes message) const {
  return same_node(a, b) ? profile_.local_message(message) : profile_.message(message);
}

double MessageCosts::stream_rate(int a, int b, Bytes message, std::int64_t step) const {
  const std::optional<Bandwidth> rate = piece(a, b, message).bandwidth;
  if (!rate) return -1;
  if (same_node(a, b)) return rate->value();
  return rate->value() * noise_.stream_rate(node_of_job_[static_cast<std::size_t>(a)], step);
}

double MessageCosts::stream_rate(int a, int b, const StepCosts& costs, double share, int senders,
                                 std::int64_t step) const {
  if (same_node(a, b)) return costs.device.value() * share * rate_factor(step);
  const double nics = network_.nics_per_node();
  // Devices that share a NIC share what it sends; one that has several uses all of them.
  const double own = senders > nics ? nics / senders
                                    : std::max(1.0, std::floor(nics / network_.devices_per_node()));
  return costs.nic.value() * own * share *
         noise_.stream_rate(node_of_job_[static_cast<std::size_t>(a)], step);
}

double MessageCosts::rate_factor(std::int64_t step) const { return noise_.stream_median(step); }

Sending MessageCosts::sending(int a, int b, Bytes payload, Bytes message, Bytes on_wire,
                              std::int64_t step) const {
  if (copying(a, b, message)) return {b, Bytes(0), -1};
  double rate = stream_rate(a, b, message, step);
  // The profile's rate is one of payload.
  if (rate > 0 && payload > Bytes(0)) rate *= on_wire / payload;
  return {b, on_wire, rate};
}

Duration MessageCosts::latency(int a, int b, Bytes message) const {
  return piece(a, b, message).latency;
}

Duration MessageCosts::latency(int a, int b, Bytes message, const StepCosts* costs) const {
  if (costs == nullptr) return latency(a, b, message);
  return same_node(a, b) ? costs->inside : costs->between;
}

std::vector<LinkId> MessageCosts::path(int a, int b) const {
  std::vector<LinkId> links;
  router_.route(device(a), device(b), 0, links);
  return links;
}

Duration MessageCosts::way(int a, int b) const {
  Duration time;
  for (const LinkId id : path(a, b)) time += network_.link(id).latency;
  return time;
}

Bandwidth MessageCosts::first_link(int a, int b) const {
  return network_.link(path(a, b).front()).bandwidth;
}

Duration MessageCosts::route_latency(int a, int b) const {
  std::vector<LinkId> links;
  Duration sum;
  for (int key = 0; key < router_.subflows(); ++key) {
    router_.route(device(a), device(b), static_cast<std::uint64_t>(key), links);
    for (const LinkId id : links) sum += network_.link(id).latency;
  }
  return sum / router_.subflows();
}

Duration MessageCosts::addition(int a, int b, Bytes received) const {
  return same_node(a, b) ? profile_.local_addition(received) : profile_.addition(received);
}

Duration MessageCosts::gather_copy(int a, int b, Bytes received) const {
  return same_node(a, b) ? Duration(0) : profile_.gather_copy(received);
}

std::optional<Duration> MessageCosts::copying(int a, int b, Bytes message) const {
  if (!shares_core_ || !same_node(a, b)) return {};
  const std::optional<Bandwidth> rate = piece(a, b, message).bandwidth;
  if (!rate) return {};
  return message / *rate;
}

}  // namespace rehearse
