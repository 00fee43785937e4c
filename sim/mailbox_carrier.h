// A Carrier on SimGrid's mailboxes: every message is a communication of its own.
#pragma once

#include <cstdint>
#include <simgrid/s4u.hpp>
#include <string>
#include <unordered_map>

#include "sim/carrier.h"
#include "sim/flow_routes.h"

namespace rehearse {

class MailboxCarrier : public Carrier {
 public:
  MailboxCarrier(const Network& network, const Router& router,
                 const std::vector<EndpointId>& places)
      : routes_(network, router, places) {}

  Duration exchange(int group, Place here, std::span<const Sending> sends,
                    std::span<const Place> sources) override;
  std::unique_ptr<PendingMessage> send(int group, Place here, const Sending& sending) override;
  std::unique_ptr<PendingMessage> receive(int group, Place here, Place source) override;
  void send_early(int group, Place here, const Sending& sending) override;
  std::unique_ptr<PendingMessage> receive_early(int group, Place here, Place source) override;

 private:
  // One direction between two places.
  struct Channel {
    simgrid::s4u::Mailbox* box = nullptr;
    Duration latency;  // in an idle network
    int parts;         // of each message
  };

  class Pending;

  const Channel& channel(int group, Place from, Place to);
  // Of messages that travel before their receiver asks.
  const Channel& early_channel(int group, Place from, Place to);
  [[nodiscard]] Channel made(const std::string& name, Place from, Place to) const;

  const FlowRoutes routes_;
  std::unordered_map<std::uint64_t, Channel> channels_, early_channels_;
};

}  // namespace rehearse
