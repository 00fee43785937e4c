// What all ranks of a simulated run share: who sits where, how fast streams are, and how many have
// arrived at a collective.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <vector>

#include "runtime/world/world.h"
#include "sim/collectives/step_costs.h"
#include "sim/engine/gathering.h"
#include "sim/network/carrier.h"
#include "sim/network/reduction_stream.h"
#include "sim/noise/noise.h"
#include "sim/worlds/messages.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// What the simulator must know of one phase of a schedule over placed ranks.
struct PhasePlan {
  Phase phase;
  // By rank in the group.
  std::vector<std::vector<Place>> sources{};  // of the flows that arrive, by world rank
  std::vector<Duration> copying{};            // by the rank's core
  std::vector<Duration> additions{};          // of received numbers, and copies of others
  std::vector<bool> leaves_node{};            // it sends to other nodes, or receives from them
  std::vector<double> acknowledged{};  // from others than it sends to, per byte sent; or empty
  Duration mean_route_latency{};       // over the flows
  Duration mean_step_latency{};
  // The same of the flows inside nodes and of those between nodes, route and step together but for
  // the noise of the step.
  struct Hop {
    Duration route, step;
  };
  Hop inside{}, between{};
  std::vector<int> senders{};  // by rank: how many ranks of its node send to other nodes
};

// One call of a collective by all members of a group.
struct Meeting {
  int arrived = 0;
  int left = 0;
  Duration last_arrival;
  std::int64_t least = 0;         // of agree_min
  std::vector<PhasePlan> phases;  // of execute
  // Of a collective that is called by its name.
  std::unique_ptr<const Schedule> schedule;
  std::optional<StepCosts> costs;
  std::optional<Gathering> gathering;
  // Of a phase of flows: what each member that is here begins when all are.
  std::vector<std::function<void()>> beginnings;
};

class Fabric {
 public:
  // Borrows everything; `workers[r]` is the device of rank r, and place r of the carrier.
  // `shares_core`: the ranks compute and communicate on one core each.
  Fabric(const Network& network, const Router& router, const std::vector<EndpointId>& workers,
         const StackProfile& profile, const NoiseModel& noise, CollectiveFidelity fidelity,
         bool shares_core, Carrier& carrier);

  [[nodiscard]] const std::shared_ptr<const Group>& world() const { return world_; }
  [[nodiscard]] CollectiveFidelity fidelity() const { return fidelity_; }
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
  // What a step of a collective from a to b costs beyond its bytes and the route, without noise;
  // the first is part of it, the rest that of a handshake.
  [[nodiscard]] Duration message_latency(int a, int b, Bytes message) const;
  [[nodiscard]] Duration step_latency(int a, int b, Bytes message) const;
  [[nodiscard]] Duration step_latency(int a, int b, Bytes message, const StepCosts* costs) const;
  // The work of b's core if it moves such a message from a instead of links: inside a node with
  // shared cores, unless the profile knows no rate for it.
  [[nodiscard]] std::optional<Duration> copying(int a, int b, Bytes message) const;
  [[nodiscard]] const MessageEnds& ends() const { return profile_.ends; }
  // Whether a message from a to b waits for b's reply, or travels without b's knowledge. Neither
  // inside a node, nor where the profile knows no handshake.
  [[nodiscard]] bool handshakes(int a, int b, Bytes message) const;
  [[nodiscard]] bool is_eager(int a, int b, Bytes message) const;
  // What a small message from a to b takes, without noise.
  [[nodiscard]] Duration small_message(int a, int b) const;
  // What an announcement takes that follows data.
  [[nodiscard]] Duration announcement_after_data(int a, int b) const;
  // The rate of the first link on the way from a to b, which are on different nodes.
  [[nodiscard]] Bandwidth first_link(int a, int b) const;
  // Called once by both of two ranks that are about to exchange messages in a group: nothing for
  // the first, and how long the first has been there for the second.
  std::optional<Duration> meet(const Group& group, int me, int peer, Duration now);

  // What a rank did in its last round of messages between nodes.
  struct LastRound {
    Duration sending;    // that its messages took on its link
    int peer = -1;       // to which the last of them went
    bool turns = false;  // in which two ranks sent
  };
  [[nodiscard]] LastRound& last_round(int rank) {
    return last_rounds_[static_cast<std::size_t>(rank)];
  }

  // What adding so many bytes from a takes b, and what it takes b not to add them.
  [[nodiscard]] Duration addition(int a, int b, Bytes received) const;
  [[nodiscard]] Duration gather_copy(int a, int b, Bytes received) const;
  // Tells rank a that its message to b in the group is copied and its buffer free again.
  simgrid::s4u::SemaphorePtr copied(const Group& group, int a, int b);

  // The group's `turn`-th collective; made by the first to ask.
  Meeting& meeting(const Group& group, std::int64_t turn);
  // The caller is done with it; the last one frees it.
  void leave(const Group& group, std::int64_t turn);

  // `element` is the size of one on the wire; `costs` may be null.
  [[nodiscard]] std::vector<PhasePlan> plan(const Group& group, const Schedule& schedule,
                                            Bytes element, const StepCosts* costs) const;

  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] EndpointId device(int rank) const {
    return workers_[static_cast<std::size_t>(rank)];
  }

  [[nodiscard]] Carrier& carrier() const { return carrier_; }
  [[nodiscard]] Messages& messages() { return messages_; }
  [[nodiscard]] ReductionStreams& reduction_streams() { return reduction_streams_; }

 private:
  // By rank of the group, how many ranks of its node are among those of `sends`.
  [[nodiscard]] std::vector<int> senders_by_rank(const Group& group,
                                                 const std::vector<bool>& sends) const;
  [[nodiscard]] MessagePiece piece(int a, int b, Bytes message) const;
  // The latencies of the links from a to b.
  [[nodiscard]] Duration way(int a, int b) const;
  // Of the routes of an idle network, the mean over the parts of a message.
  [[nodiscard]] Duration route_latency(int a, int b) const;

  const Network& network_;
  const Router& router_;
  const std::vector<EndpointId>& workers_;
  const StackProfile& profile_;
  const NoiseModel& noise_;
  CollectiveFidelity fidelity_;
  bool shares_core_;
  Carrier& carrier_;
  Messages messages_{carrier_};
  ReductionStreams reduction_streams_;
  std::shared_ptr<const Group> world_;
  // By rank: its node, counted in the order in which the job uses them. Draws of noise go by this
  // number, so that two placements of a job differ by their routes and not by their luck.
  std::vector<std::int64_t> node_of_job_;
  std::map<std::pair<int, std::int64_t>, std::unique_ptr<Meeting>> meetings_;
  std::unordered_map<std::uint64_t, simgrid::s4u::SemaphorePtr> copied_;
  std::unordered_map<std::uint64_t, std::deque<Duration>> waiting_;  // the first for the second
  std::vector<LastRound> last_rounds_;
};

}  // namespace rehearse
