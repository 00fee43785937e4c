// A Carrier on SimGrid's mailboxes: every message is a communication of its own.
//
// SimGrid starts a communication when both of its ends have asked for it. An early message has no
// receiver yet, so that an actor at its destination asks in the receiver's place as soon as it is
// sent; the receiver then waits for what that actor has got. An actor that sends or receives must
// never be suspended: SimGrid 3.32 holds back what starts meanwhile, and never lets go of a
// detached send (CommImpl::start).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <simgrid/s4u.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/network/carrier.h"
#include "sim/network/flow_routes.h"

namespace rehearse {

class MailboxCarrier : public Carrier {
 public:
  MailboxCarrier(const Network& network, const Router& router,
                 const std::vector<EndpointId>& places);
  ~MailboxCarrier() override;

  Duration exchange(int group, Place here, std::span<const Sending> sends,
                    std::span<const Place> sources) override;
  std::unique_ptr<PendingMessage> send(int group, Place here, const Sending& sending) override;
  std::unique_ptr<PendingMessage> receive(int group, Place here, Place source) override;
  void send_early(int group, Place here, const Sending& sending) override;
  std::unique_ptr<PendingMessage> receive_early(int group, Place here, Place source) override;
  void carry(Place from, const Sending& sending, Passed passed) override;

 private:
  // One direction between two places.
  struct Channel {
    simgrid::s4u::Mailbox* box = nullptr;
    Duration latency;  // in an idle network
    int parts;         // of each message
  };

  // Early messages from one place to another, in the order in which they are sent and asked for.
  struct EarlyMessage;
  struct EarlyChannel {
    Channel channel;
    // One of the two is empty.
    std::deque<std::shared_ptr<EarlyMessage>> unsent{}, unasked{};
  };
  // Asks for the early messages that come to a place.
  class Porter;

  class Pending;
  class EarlyPending;

  const Channel& channel(int group, Place from, Place to);
  // Of messages that travel before their receiver asks.
  EarlyChannel& early_channel(int group, Place from, Place to);
  Porter& porter(Place place);
  // Sends a message that the porter of its destination asks for. `to` must last until it has.
  void depart(const std::shared_ptr<EarlyMessage>& message, const Sending& sending,
              const Channel& to);
  // A mailbox that nobody uses.
  simgrid::s4u::Mailbox* idle_box();
  [[nodiscard]] Channel made(const std::string& name, Place from, Place to) const;

  const FlowRoutes routes_;
  std::unordered_map<std::uint64_t, Channel> channels_;
  std::unordered_map<std::uint64_t, EarlyChannel> early_channels_;
  std::unordered_map<Place, std::unique_ptr<Porter>> porters_;
  std::vector<simgrid::s4u::Mailbox*> idle_boxes_;  // of carry
  int boxes_ = 0;                                   // that carry has made
};

}  // namespace rehearse
