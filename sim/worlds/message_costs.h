// What messages between the ranks of a simulated run cost: functions of the stack's profile, of
// where ranks are in the network, and of noise. Nothing here changes during a run.
//
// What a profile says about the two ends of a message (topologies/stacks/message_ends.h) comes on
// top of it: sim/worlds/message_end_rules.h.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/collectives/step_costs.h"
#include "sim/network/carrier.h"
#include "sim/noise/noise.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

class MessageCosts {
 public:
  // Borrows everything; `workers[r]` is the device of rank r, and place r of the carrier.
  // `shares_core`: the ranks compute and communicate on one core each.
  MessageCosts(const Network& network, const Router& router, const std::vector<EndpointId>& workers,
               const StackProfile& profile, const NoiseModel& noise, bool shares_core);

  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] const std::vector<EndpointId>& workers() const { return workers_; }
  [[nodiscard]] EndpointId device(int rank) const {
    return workers_[static_cast<std::size_t>(rank)];
  }
  [[nodiscard]] const StackProfile& profile() const { return profile_; }
  [[nodiscard]] const NoiseModel& noise() const { return noise_; }
  [[nodiscard]] bool shares_core() const { return shares_core_; }
  [[nodiscard]] bool same_node(int a, int b) const;

  // The most that a stream of messages of so many bytes from rank a to rank b carries in `step`,
  // bytes/s; negative: unlimited.
  [[nodiscard]] double stream_rate(int a, int b, Bytes message, std::int64_t step) const;
  // The same of a collective with costs of its own, for a flow that is `share` of all that a sends
  // inside its node or between nodes, where so many ranks of its node send.
  [[nodiscard]] double stream_rate(int a, int b, const StepCosts& costs, double share, int senders,
                                   std::int64_t step) const;
  // What is uncertain of the stack's bandwidths, where no node has a draw of its own: inside nodes,
  // and of all-to-alls.
  [[nodiscard]] double rate_factor(std::int64_t step) const;
  // A message from a to b, or several of size `message` each, as the carrier sees them: `payload`,
  // which takes `on_wire` on the links.
  [[nodiscard]] Sending sending(int a, int b, Bytes payload, Bytes message, Bytes on_wire,
                                std::int64_t step) const;

  // What a message from a to b costs beyond its bytes and the latency of its route, without noise;
  // of a collective with costs of its own, if they are not null, a step.
  [[nodiscard]] Duration latency(int a, int b, Bytes message) const;
  [[nodiscard]] Duration latency(int a, int b, Bytes message, const StepCosts* costs) const;
  // The latencies of the links from a to b.
  [[nodiscard]] Duration way(int a, int b) const;
  // The same of the routes of an idle network, the mean over the parts of a message.
  [[nodiscard]] Duration route_latency(int a, int b) const;
  // The links from a to b.
  [[nodiscard]] std::vector<LinkId> path(int a, int b) const;
  // The rate of the first of them. REQUIRES: a and b are on different nodes.
  [[nodiscard]] Bandwidth first_link(int a, int b) const;

  // The work of b's core if it moves such a message from a instead of links: inside a node with
  // shared cores, unless the profile knows no rate for it.
  [[nodiscard]] std::optional<Duration> copying(int a, int b, Bytes message) const;
  // What adding so many bytes from a takes b, and what it takes b not to add them.
  [[nodiscard]] Duration addition(int a, int b, Bytes received) const;
  [[nodiscard]] Duration gather_copy(int a, int b, Bytes received) const;

 private:
  [[nodiscard]] MessagePiece piece(int a, int b, Bytes message) const;

  const Network& network_;
  const Router& router_;
  const std::vector<EndpointId>& workers_;
  const StackProfile& profile_;
  const NoiseModel& noise_;
  bool shares_core_;
  // By rank: its node, counted in the order in which the job uses them. Draws of noise go by this
  // number, so that two placements of a job differ by their routes and not by their luck.
  std::vector<std::int64_t> node_of_job_;
};

}  // namespace rehearse
