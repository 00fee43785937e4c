// Messages between the ranks of a world in memory: a mailbox for every port of every rank, shared
// by all tasks of all ranks.
//
// A send copies the tensor and is complete at once. Receives at one mailbox take messages in the
// order in which they were started.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "runtime/world/transport.h"
#include "runtime/worlds/host_world.h"

namespace rehearse {

class MemoryMessages {
 public:
  // Borrows the monitor, whose mutex guards the mailboxes.
  explicit MemoryMessages(RunMonitor& monitor) : monitor_(monitor) {}

  // By rank `me` of the group; as of Transport.
  std::unique_ptr<Transfer> start_send(const Group& group, int me, int to, int port,
                                       const Tensor& tensor);
  std::unique_ptr<Transfer> start_receive(const Group& group, int me, int from, int port,
                                          const Tensor& tensor);
  Transport::Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers);

 private:
  class Sent;
  class Received;
  class Started;

  struct Message {
    int from = 0;
    std::vector<std::byte> bytes;
  };
  // What one receive waits for, and what it got.
  struct Request {
    int from = kAnyRank;
    bool served = false;
    Message message{};
  };
  struct Mailbox {
    std::deque<Message> messages;                   // that nobody has asked for
    std::deque<std::shared_ptr<Request>> requests;  // that nobody has served
  };

  // Of a rank's port. REQUIRES: the monitor's mutex is locked.
  Mailbox& mailbox(const Group& group, int rank, int port) {
    return mailboxes_[{group.context(), rank, port}];
  }

  RunMonitor& monitor_;
  std::map<std::array<int, 3>, Mailbox> mailboxes_;  // by context, rank in the group, port
};

}  // namespace rehearse
