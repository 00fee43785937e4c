// What a stack's profile says about the two ends of messages between nodes
// (topologies/stacks/message_ends.h), applied to the messages of a simulated run. It exists only
// where a profile says something; docs/models.md, "Message ends", has the equations.
//
// It knows of each rank when its link is free and what its last round was. Inside a node ends add
// nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "runtime/collectives/schedule.h"
#include "runtime/world/group.h"
#include "sim/worlds/message_costs.h"
#include "sim/worlds/messages.h"
#include "sim/worlds/phase_plan.h"

namespace rehearse {

// Payload from one rank of a group to another.
struct FlowOf {
  int from;
  int to;
  Bytes payload;
};

class MessageEndRules {
 public:
  // Borrows everything; the carrier moves the messages of rounds.
  MessageEndRules(const MessageCosts& costs, Carrier& carrier);

  // Null where the ends of the profile add nothing.
  static std::unique_ptr<MessageEndRules> make(const MessageCosts& costs, Carrier& carrier);

  // Called by an actor of `rank`: passes its messages of one round. All receives are posted first.
  // An eager message leaves at once, travels without its receiver, and its sender goes on when its
  // own link has passed it. The data of any other starts when its announcement has come and the
  // receiver is there; the reply's way is added at the end. Returns what is yet to pass. `follows`:
  // another round went before, so that the ranks have waited inside the library; `step`: the
  // training step of the rank at the time of asking.
  Duration pass_round(const Group& group, int rank, const std::function<std::int64_t()>& step,
                      const std::vector<Action>& actions, Bytes element, bool follows);

  // What a message of its own becomes that its sender starts now. Returns when the sender is free
  // if that does not depend on the message (eager ones).
  std::optional<Duration> apply(std::int64_t step, Messages::Outgoing& message);
  // The last byte of such a message has left `rank`.
  void has_left(int rank, Duration when);

  // What a step of a phase of flows costs from a to b beyond its bytes and the route, without
  // noise.
  [[nodiscard]] Duration step_latency(int a, int b, Bytes message) const;
  // By rank, the payload that it receives from ranks to which it does not send, per byte that it
  // sends; empty where acknowledgements cost nothing. `flows` are between nodes.
  [[nodiscard]] std::vector<double> acknowledged_apart(int ranks,
                                                       const std::vector<FlowOf>& flows) const;
  // The size on the links of a flow of so many messages, one a round, which are the rank's own of a
  // phase.
  [[nodiscard]] Bytes flow_on_wire(const PhasePlan& plan, const Group& group, const FlowOf& flow,
                                   int messages) const;
  // The same of a stream to a switch.
  [[nodiscard]] Bytes stream_on_wire(Bytes payload) const { return ends_.on_wire(payload, {}); }

 private:
  // What a rank did in its last round of messages between nodes.
  struct LastRound {
    Duration sending;    // that its messages took on its link
    int peer = -1;       // to which the last of them went
    bool turns = false;  // in which two ranks sent
  };
  struct Sender {
    // When its link has passed all that was sent; long ago before the first message.
    Duration free_at;
    LastRound last{};
  };
  // One rank's messages of one round, in the order of its actions.
  struct Round {
    std::vector<Bytes> on_wire;      // of sends
    std::vector<bool> after_theirs;  // sends that wait until the peer's data has come
  };

  Round look_at(const Group& group, int rank, const std::vector<Action>& actions, Bytes element,
                Duration now, bool follows);
  // Whether a message from a to b waits for b's reply, or travels without b's knowledge. Neither
  // inside a node, nor where the profile knows no handshake.
  [[nodiscard]] bool handshakes(int a, int b, Bytes message) const;
  [[nodiscard]] bool is_eager(int a, int b, Bytes message) const;
  // What is yet to pass when the bytes of a message have, before that of a handshake and with it.
  [[nodiscard]] Duration message_latency(int a, int b, Bytes message) const;
  [[nodiscard]] Duration last_latency(int a, int b, Bytes message) const;
  // What a small message from a to b takes, and an announcement that follows data.
  [[nodiscard]] Duration small_message(int a, int b) const;
  [[nodiscard]] Duration announcement_after_data(int a, int b) const;
  // What is left of a message after the burst of a sender that was idle so long.
  [[nodiscard]] Bytes behind_burst(Bytes on_wire, Duration idle, Bandwidth link) const;
  // Called once by both of two ranks that are about to exchange messages in a group: nothing for
  // the first, and how long the first has been there for the second.
  std::optional<Duration> meet(const Group& group, int me, int peer, Duration now);

  [[nodiscard]] Sender& sender(int rank) { return senders_[static_cast<std::size_t>(rank)]; }

  const MessageCosts& costs_;
  const MessageEnds& ends_;
  Carrier& carrier_;
  std::vector<Sender> senders_;
  std::unordered_map<std::uint64_t, std::deque<Duration>> waiting_;  // the first for the second
};

}  // namespace rehearse
