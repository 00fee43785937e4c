// How the bytes of messages get from place to place in the simulated world.
//
// Latencies are not part of it: SimGrid gives a flow a share of a link in inverse proportion to the
// latency of its route, as TCP would, and the fabrics of clusters do not. So the carrier moves
// bytes over links that know no latency, and whoever receives messages waits for the latency of
// their routes afterwards. A sender does not: its buffer is free when the last byte has left.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/fidelity.h"
#include "base/units.h"
#include "topologies/graph/network.h"
#include "topologies/routing/router.h"

namespace rehearse {

// Numbers of devices in the list that the carrier was made with.
using Place = int;

struct Sending {
  Place to;
  Bytes bytes;
  double most;  // bytes/s; negative: unlimited
};

// The places below `places` take what comes from other nodes through an event loop each, at so many
// bytes/s in all.
struct ReceiveLoops {
  Place places = 0;
  double rate = 0;
};

// One end of a message that was begun.
class PendingMessage {
 public:
  PendingMessage() = default;
  virtual ~PendingMessage() = default;
  PendingMessage(const PendingMessage&) = delete;
  PendingMessage& operator=(const PendingMessage&) = delete;

  // Called once by an actor at this end: blocks until the last byte has passed. Returns when that
  // was; for a receiver when it is there, which is the route's latency later and may be yet to
  // come.
  virtual Duration wait() = 0;
};

class Carrier {
 public:
  Carrier() = default;
  virtual ~Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  // Called by an actor at `here`: sends messages, receives one from each of `sources`, and blocks
  // until all are complete. A message is under way from the moment at which both ends have asked
  // for it; messages between the same two places meet in the order of the calls. Tasks of a rank
  // communicate in different groups at a time, and messages of different groups never meet.
  // Returns the longest latency among the routes of the messages received, which has yet to pass.
  virtual Duration exchange(int group, Place here, std::span<const Sending> sends,
                            std::span<const Place> sources) = 0;

  // The same for an actor at `here` that is, or will be, suspended (wait_until_resumed): returns at
  // once, and the engine calls `done` when all are complete, which returns whether it has resumed
  // an actor. Only in flow. The latency of what it receives is of no interest.
  virtual void begin_exchange(int group, Place here, std::span<const Sending> sends,
                              std::span<const Place> sources, std::function<bool()> done);
  // Called by an actor: blocks until somebody resumes it. Only in flow.
  virtual void wait_until_resumed();

  // The same as exchange of single messages and without blocking: whoever begins one waits for it.
  virtual std::unique_ptr<PendingMessage> send(int group, Place here, const Sending& sending) = 0;
  virtual std::unique_ptr<PendingMessage> receive(int group, Place here, Place source) = 0;

  // A message that is under way from the moment at which it is sent. It meets no other than those
  // that receive_early asks for; nobody waits for it at its sender.
  virtual void send_early(int group, Place here, const Sending& sending) = 0;
  virtual std::unique_ptr<PendingMessage> receive_early(int group, Place here, Place source) = 0;

  // A message both of whose ends are ready and that meets none of the above: it is under way from
  // now on. `passed` is told when its last byte has passed, with the latency of its route, which
  // has yet to pass. Callable outside of actors; `passed` is called outside of actors or by one of
  // the carrier's own, and neither blocks nor begins messages.
  using Passed = std::function<void(Duration latency)>;
  virtual void carry(Place from, const Sending& sending, Passed passed) = 0;

  // Called by an actor: one stream of so many bytes, at most `most` bytes/s (negative: no limit),
  // through all of these links and adders (sim/network/reduction_stream.h) at once. Blocks until it
  // has passed; its latency is the caller's. Only where flows are no pairs of ends: else
  // Error::input.
  void stream(std::span<const LinkId> uses, Bytes bytes, double most) {
    begin_stream(uses, bytes, most)->wait();
  }
  // The same without blocking.
  virtual std::unique_ptr<PendingMessage> begin_stream(std::span<const LinkId> uses, Bytes bytes,
                                                       double most);

  // Nothing is delivered any more: the job is over, whatever is still under way.
  virtual void stop() {}
};

// A number for each pair of places of each group.
std::uint64_t channel_number(int group, Place from, Place to);

// message: each message is a communication of SimGrid. flow: a flow of a FluidNetwork, which does
// the same sharing faster. Borrows everything.
std::unique_ptr<Carrier> make_carrier(Fidelity fidelity, const Network& network,
                                      const Router& router, const std::vector<EndpointId>& places,
                                      const ReceiveLoops& loops = {});

}  // namespace rehearse
