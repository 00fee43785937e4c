// Messages from rank to rank over NCCL, which has neither tags nor receives from any rank.
//
// The hosts match sends with receives, by small records that travel over the world that the ranks
// were started in (MPI): start_send posts a header (context of the group, port, bytes) to the
// receiver, whose rank keeps headers and receives in mailboxes by context and port, in the order in
// which they came. When a header meets its receive, the receiver answers with a grant, and both
// ends give the payload to the channel of the pair (nccl_channel.h): the sender in the order in
// which grants come, which is that in which the receiver granted. A kernel of NCCL runs on a device
// only when the other end's is about to, and ports cost nothing on the device.
//
// A task of each rank serves records as they come (`serve`), so that a message whose both ends were
// started arrives whatever the tasks of the two ranks do meanwhile.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "runtime/world/transport.h"
#include "runtime/worlds/nccl/nccl_channel.h"

namespace rehearse {

class NcclMessages {
 public:
  explicit NcclMessages(const NcclChannel::Rank& rank) : rank_(rank) {}
  ~NcclMessages();
  NcclMessages(const NcclMessages&) = delete;
  NcclMessages& operator=(const NcclMessages&) = delete;

  // By rank `me` of the group, on behalf of a task whose host transport is `host`; as of Transport.
  std::unique_ptr<Transfer> start_send(Transport& host, const Group& group, int me, int to,
                                       int port, const Tensor& tensor);
  std::unique_ptr<Transfer> start_receive(Transport& host, const Group& group, int me, int from,
                                          int port, const Tensor& tensor);
  Transport::Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers);

  // Serves records until the rank before this one stops it. An exception ends the run of this rank;
  // call `fail` then.
  void serve(Transport& host);
  // Stops the server of the next rank. REQUIRES: no rank sends anything any more.
  void stop_next(Transport& host) const;
  // Whoever waits is released by an Error.
  void fail();

 private:
  struct Record;
  struct Started;
  class Message;
  class Sending;
  class Receiving;
  using Lock = std::unique_lock<std::mutex>;

  struct Header {
    int from = 0;         // in the group
    int sender = 0;       // in the world
    std::int64_t id = 0;  // of the message, at the sender
    std::int64_t bytes = 0;
    NcclId channel{};
  };
  struct Mailbox {
    std::deque<Header> headers;                     // of messages that nobody has asked for
    std::deque<std::shared_ptr<Started>> receives;  // that nothing has come for
  };
  // A way to or from a rank of the world.
  struct Way {
    std::optional<NcclId> id{};
    std::unique_ptr<NcclChannel> channel{};  // null: not used yet
  };

  // The following: with the lock held.
  //
  // A header has met its receive. Returns the transfer of the answer, which is to be waited for
  // without the lock; `answer` must live until then.
  std::unique_ptr<Transfer> grant(Transport& host, const Header& header,
                                  const std::shared_ptr<Started>& receive, Record& answer);
  void granted(const Record& record);
  void carry(Way& way, NcclChannel::End end, int peer, const std::shared_ptr<Started>& started);
  void complete(Started& started, std::exception_ptr failure);
  void keep(Started& send) const;

  NcclChannel::Rank rank_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::array<int, 2>, Mailbox> mailboxes_;         // by context and port
  std::map<std::int64_t, std::shared_ptr<Started>> sends_;  // that wait for a grant, by id
  std::int64_t sent_ = 0, completed_ = 0;                   // counts
  std::map<int, Way> to_, from_;  // by rank of the world; the last: their threads use the others
};

}  // namespace rehearse
