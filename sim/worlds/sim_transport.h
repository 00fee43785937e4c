// Transport in the simulated world: executes a Schedule on SimGrid's clock.
//
// message: every action of every round is a message of its own, which starts when both ends are in
// the round; a rank enters the next round when its messages have left, those for it are there, and
// the latencies of what it received are over. flow: phases of one round (trees, exchanges) are
// executed likewise. A phase of k > 1 rounds with fixed partners is one set of concurrent flows; it
// pays k times the mean latency of its hops, and all members enter and leave it together, because
// in a ring nobody is done before the slowest hop is. The profile's cost of a message goes by the
// size of one round. What is under way together shares links max-min fairly in both; who moves the
// bytes is the Carrier (sim/network/carrier.h): communications of SimGrid in message, a solver of
// our own in flow, which gives the same rates.
//
// A rank adds received numbers when all messages of the round have arrived (flow: of the phase), at
// the profile's reduce_bandwidth. Where ranks share a core with their computation
// (TaskCosts::shares_core), additions are work of that core, and so are the copies inside a node:
// the receiver copies out of the sender's memory at the rate of the profile while the sender waits.
// The carrier then sees a message without payload, so that no byte is charged twice. Latencies and
// the transfers between nodes (by the NIC) cost the core nothing.
//
// Where the profile stages messages between nodes in host memory, a rank copies what it exchanges
// (Schedule::staged) to the host before its first round or phase that leaves the node, and back
// before the next that does not, or at the end. Copies of different tasks of a rank take turns,
// each way. A rank's event loop (receive_loop_bandwidth) is a link that all its messages from other
// nodes share. What such a message brings and is not added is copied (gather_copy_bandwidth) when
// additions are made. Additions and these copies of different tasks run at the same time: each task
// has a thread.
//
// Where the schedule knows the steps that one piece of data takes (PhaseSteps), latencies are paid
// for these: inside nodes, and between them. A pipeline takes longer by the slices that fill it,
// whose time is that of the flows over their number; in message its rounds pay no latency of their
// own, since the library has several slices under way. Sums in a node's switch are one stream per
// device over its two links, no faster than the adders of the switch. A library with levels
// (sim/collectives/step_costs.h) limits what a device sends inside its node, and a NIC, all flows
// together.
//
// A message from rank to rank costs what the only message of a round costs, once both ends have
// started it (sim/worlds/messages.h says which meet), or its sender alone where the profile calls
// it eager. Its sender copies it to the host and its receiver to the device where it is staged;
// what its receiver does with it, it does when wait_any takes it.
//
// Messages that are started together (start_sends) are one flow of all their bytes, after which the
// latencies of all of them pass: each follows the one before.
//
// The control plane (agree_min) is a recursive doubling of small messages: ceil(lg P) times the
// profile's message latency.
#pragma once

#include <map>
#include <memory>

#include "base/fidelity.h"
#include "runtime/world/world.h"
#include "sim/engine/copy_engine.h"
#include "sim/network/reduction_stream.h"
#include "sim/worlds/completions.h"
#include "sim/worlds/meetings.h"
#include "sim/worlds/message_costs.h"
#include "sim/worlds/message_end_rules.h"
#include "sim/worlds/messages.h"
#include "sim/worlds/sim_world.h"

namespace rehearse {

class SimTransport : public Transport {
 public:
  // What the transports of all ranks share. Borrows costs and carrier.
  struct Shared {
    // `wire`: bytes on the wire for each byte of a tensor.
    Shared(const MessageCosts& message_costs, Fidelity of, Carrier& messages_by, double wire = 1);

    const MessageCosts& costs;
    const double wire_scale;
    const Fidelity fidelity;
    Carrier& carrier;
    const std::unique_ptr<MessageEndRules> ends;  // null where the profile says nothing of them
    Meetings meetings;
    Messages messages;
    ReductionStreams reduction_streams;
  };

  SimTransport(int rank, Shared& shared, RankHooks hooks);

  int rank() const override { return rank_; }
  int size() const override { return shared_.meetings.world()->size(); }
  std::shared_ptr<const Group> world() const override { return shared_.meetings.world(); }
  int rank_in(const Group& group) const override;
  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override {
    return run(group, schedule, tensor, nullptr);
  }
  Duration collective(const Group& group, const CollectiveCall& call,
                      const Tensor& tensor) override;
  Duration reduce_in_network(const Group& group, int ranks_per_node, const Tensor& tensor) override;
  Agreement agree_min(const Group& group, std::int64_t value) override;
  std::unique_ptr<Transfer> start_send(const Group& group, int rank, int port,
                                       const Tensor& tensor) override;
  std::unique_ptr<Transfer> start_receive(const Group& group, int rank, int port,
                                          const Tensor& tensor) override;
  Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers) override;
  void start_sends(const Group& group, int rank, int port, std::span<const Tensor> tensors,
                   std::vector<std::unique_ptr<Transfer>>& transfers) override;
  void start_receives(const Group& group, int rank, int port, std::span<const Tensor> tensors,
                      std::vector<std::unique_ptr<Transfer>>& transfers) override;
  Bytes sent() const override { return sent_; }
  std::int64_t messages_sent() const override { return messages_sent_; }

 private:
  // Where a rank's data is during a collective.
  struct Staging {
    CopyEngines& engines;
    Duration copy;  // between device and host, either way
    bool on_host = false;

    void move(bool to_host);
  };

  // What an element counts on the wire.
  [[nodiscard]] Bytes element_of(const Tensor& tensor) const {
    return Bytes(tensor.element_bytes() * shared_.wire_scale);
  }
  // `costs`: of a library with levels, or null.
  Duration run(const Group& group, const Schedule& schedule, const Tensor& tensor,
               const StepCosts* costs);
  void run_flows(const Group& group, const Schedule& schedule, const PhasePlan& plan,
                 const Tensor& tensor, const StepCosts* costs, Meeting& meeting, Staging& staging);
  // Of what has a formula only: all enter, and leave so much later.
  Duration sleep_together(const Group& group, Duration time, const Tensor& tensor);
  // A rank's flows of a phase that are under way.
  struct Passing {
    std::function<bool()> done;  // Carrier::begin_exchange
    Duration begin;
    std::unique_ptr<PendingMessage> stream;
  };
  // Called when all members have come to the phase, by the last of them for each.
  void begin_pass(const Group& group, const Schedule& schedule, const PhasePlan& plan,
                  const Tensor& tensor, const StepCosts* costs, Passing& passing);
  // `latency`: whether the round pays its own.
  void run_round(const Group& group, const Schedule& schedule, int round, const Tensor& tensor,
                 const StepCosts* costs, Staging& staging, bool latency = true);
  // What the steps of a phase wait for.
  [[nodiscard]] Duration latency_of(const PhasePlan& plan);
  // The part of a round that shared cores do.
  void copy_messages(const Group& group, const std::vector<Action>& actions, Bytes element);
  void add(Duration work) const;
  // What is yet to pass when the messages of a round have, whose ends add nothing.
  Duration transfer(const Group& group, const std::vector<Action>& actions, Bytes element,
                    const StepCosts* costs);
  // Messages that travel together: their tensors, as one; `count` of them.
  std::unique_ptr<Transfer> start_send_together(const Group& group, int rank, int port,
                                                std::span<const Tensor> tensors);
  std::unique_ptr<Transfer> start_receive_together(const Group& group, int rank, int port,
                                                   std::span<const Tensor> tensors);
  // What a receiver does with a message that is there.
  void take_over(const TakenMessage& message);
  // MessageCosts::sending from this rank in its present step.
  [[nodiscard]] Sending sending(int to, Bytes payload, Bytes message, Bytes on_wire) const;

  int rank_;
  Shared& shared_;
  const MessageCosts& costs_;
  RankHooks hooks_;
  Bytes sent_;
  std::int64_t messages_sent_ = 0;
  // Collectives begun so far in each group; shared by the tasks of a rank.
  std::map<int, std::int64_t> turns_;
  CopyEngines engines_;  // shared likewise
  Completions completions_;
};

}  // namespace rehearse
