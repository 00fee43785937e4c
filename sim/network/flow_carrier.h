// A Carrier on a FluidNetwork, with SimGrid as its clock and for its actors.
//
// Links are shared anew once per instant at which a message starts or ends, after all actors have
// said what they start at that instant: a timer of SimGrid fires when they are done.
#pragma once

#include <cstdint>
#include <deque>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <unordered_map>

#include "sim/network/carrier.h"
#include "sim/network/fluid_loads.h"
#include "sim/network/fluid_network.h"
#include "sim/network/starting_flows.h"

namespace rehearse {

class FlowCarrier : public Carrier {
 public:
  FlowCarrier(const Network& network, const Router& router, const std::vector<EndpointId>& places,
              const ReceiveLoops& loops);
  ~FlowCarrier() override { stop(); }

  Duration exchange(int group, Place here, std::span<const Sending> sends,
                    std::span<const Place> sources) override;
  void begin_exchange(int group, Place here, std::span<const Sending> sends,
                      std::span<const Place> sources, std::function<bool()> done) override;
  void wait_until_resumed() override;
  std::unique_ptr<PendingMessage> send(int group, Place here, const Sending& sending) override;
  std::unique_ptr<PendingMessage> receive(int group, Place here, Place source) override;
  void send_early(int group, Place here, const Sending& sending) override;
  std::unique_ptr<PendingMessage> receive_early(int group, Place here, Place source) override;
  void carry(Place from, const Sending& sending, Passed passed) override;
  std::unique_ptr<PendingMessage> begin_stream(std::span<const LinkId> uses, Bytes bytes,
                                               double most) override;
  void stop() override;

 private:
  // What an actor waits for, or will.
  struct Waiter {
    simgrid::s4u::ActorPtr actor{};  // once it waits
    std::function<bool()> done{};    // of what began with begin_exchange
    std::size_t outstanding = 1;
    Duration end{};      // of the last message
    Duration latency{};  // longest of what it receives
    Passed passed{};     // told when nothing is outstanding any more, if set
  };
  class Pending;
  // One end of a message whose other end has not asked for it yet.
  struct Half {
    std::shared_ptr<Waiter> waiter;
    bool sends;
    double bytes;
    double most;
  };
  // The receiver's end of an early message of which only one end is known yet.
  struct EarlyHalf {
    std::shared_ptr<Waiter> receiver;
    bool sent;
  };
  struct Message {
    std::shared_ptr<Waiter> sender, receiver;  // no sender of an early message, no receiver of a
                                               // stream
    int flows = 0;                             // into which the routing splits it, still under way
  };
  void wait(Waiter& waiter);
  void ask(int group, Place here, std::span<const Sending> sends, std::span<const Place> sources,
           const std::shared_ptr<Waiter>& waiter);
  std::shared_ptr<Waiter> meet_early(int group, Place from, Place to, bool sends);
  void meet(int group, Place from, Place to, Half half);
  std::uint32_t free_tag();
  void begin(Place from, Place to, const Half& sending, const Half& receiving);
  // Over path_, the route through the network, and the receiver's loop.
  void start(Place from, Place to, double bytes, double most, std::uint32_t tag);
  void settle_after_this_instant();
  void wake_at(double time);
  void on_time();
  // Whether an actor runs again.
  bool deliver(std::uint32_t tag);

  const Network& network_;
  const Place loops_;              // so many
  const std::int64_t first_loop_;  // behind the links and the adders of the network
  FlowRoutes routes_;
  FluidNetwork fluid_;
  FluidLoads loads_{fluid_};
  StartingFlows starting_;
  std::unordered_map<std::uint64_t, std::vector<Half>> unmet_;
  std::unordered_map<std::uint64_t, std::deque<EarlyHalf>> unmet_early_;
  std::vector<Message> messages_;  // by tag
  std::vector<std::uint32_t> free_tags_;
  std::vector<std::uint32_t> ended_;
  std::vector<std::function<bool()>> without_messages_;  // exchanges, done at once
  std::vector<LinkId> path_;
  simgrid::kernel::timer::Timer* timer_ = nullptr;
};

}  // namespace rehearse
