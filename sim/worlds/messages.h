// Messages from rank to rank in the simulated world: which receive takes which message, and when
// both ends are done with it.
//
// A message waits at its address. Receives at an address take messages in the order in which they
// were asked for: one from a given rank the oldest of that rank, one from any rank the message that
// was sent first, of equal times that of the lowest rank. Ends that come at one moment are matched
// when all actors that can run at this moment have run, so that the order in which the engine runs
// them decides nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/units.h"
#include "runtime/world/transport.h"
#include "sim/network/carrier.h"

namespace rehearse {

class Completions;
struct TakenMessage;

// The numbers of a message as they were when it was sent; null where there are none.
using MessageContent = std::shared_ptr<const std::vector<std::byte>>;

// What one task waits for.
struct MessageEnd {
  int peer;  // in the group; of a receive from any rank kAnyRank until it has taken a message
  bool complete = false;
  Duration completed{};  // when
  Duration begun{};      // its bytes, of a receive
  // Told of `transfer` when it is complete, if set.
  Completions* completions = nullptr;
  const Transfer* transfer = nullptr;
  std::shared_ptr<const TakenMessage> taken{};  // by a receive

  // Callable outside of actors.
  void complete_now();
};

// What a receiver must know of its message.
struct TakenMessage {
  Place from;
  Bytes payload;
  std::shared_ptr<MessageEnd> sender;
  bool fits = true;  // the receiver asked for as many bytes
  MessageContent content{};
};

class Messages {
 public:
  struct Address {
    int context;  // of a group
    Place rank;   // which receives
    int port;

    auto operator<=>(const Address&) const = default;
  };

  struct Outgoing {
    int rank;  // the sender's, in the group
    Place from;
    int to_rank;  // the receiver's, in the group
    Sending sending;
    Bytes payload;
    Duration ready;    // its bytes do not leave earlier
    bool early;        // they leave then; else when there is a receive as well
    Duration latency;  // after the last byte and the latency of the route, before noise
    // The sender's end is complete when the last byte has passed; else the caller completes it.
    bool completes_sender;
    MessageContent content{};
  };

  struct Incoming {
    int rank;  // the sender's in the group, or kAnyRank
    Bytes payload;
    double latency_noise;  // factor on Outgoing::latency
  };

  // Borrows the carrier, whose places are the ranks of the world.
  explicit Messages(Carrier& carrier) : carrier_(carrier) {}

  // Called by actors; neither blocks.
  std::shared_ptr<MessageEnd> send(const Address& address, const Outgoing& message);
  std::shared_ptr<MessageEnd> receive(const Address& address, const Incoming& receive);

  // The receive takes no message any more, unless it has taken one.
  void give_up(const Address& address, const MessageEnd& receive);

  // Completes an end at `time`, or now if that is over.
  static void complete_at(Duration time, std::shared_ptr<MessageEnd> end);

 private:
  struct Message;
  struct Receive {
    Incoming what;
    std::shared_ptr<MessageEnd> end;
  };
  // By when a message was sent, by whom, and how many were sent before it.
  using Order = std::tuple<Duration, int, std::uint64_t>;
  struct Port {
    std::map<Order, std::shared_ptr<Message>> messages;
    std::deque<Receive> receives;
  };

  void match_after_this_moment(const Address& address);
  void match(const Address& address);
  void take(const std::shared_ptr<Message>& message, const Receive& receive);
  void start(const std::shared_ptr<Message>& message);
  // Once its last byte has passed and somebody has asked for it.
  static void arrive(Message& message);

  Carrier& carrier_;
  std::map<Address, Port> ports_;
  std::vector<Address> changed_;  // at this moment
  std::uint64_t sent_ = 0;
};

}  // namespace rehearse
