// How ranks talk to each other: collectives over groups, and messages from rank to rank.
//
// A message is addressed by group, rank and port: whichever task of a rank receives at a port gets
// what was sent to it, whichever task sent it.
//
//   transport.send(group, server, kPush, gradients);                          // on a worker
//   const int who = transport.receive(group, kAnyRank, kPush, gradients);     // on the server
//   transport.send(group, who, kPull, parameters);
//
// Messages of one sender to one port go to receives in the order in which both were started, and
// never meet collectives. A send may wait for its receive: a program that needs both ends to send
// before either receives must start its sends (start_send).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "kernels/tensor.h"
#include "runtime/collectives/collectives.h"
#include "runtime/collectives/schedule.h"
#include "runtime/world/clock.h"
#include "runtime/world/group.h"

namespace rehearse {

// A rank that this one must hear from has ended before the run.
class RankGone : public Error {
 public:
  explicit RankGone(int rank)
      : Error(Error::environment("rank " + std::to_string(rank) + " has ended",
                                 "others wait for it",
                                 "checkpoints are intact: go on with --resume")),
        rank_(rank) {}

  [[nodiscard]] int rank() const { return rank_; }  // in the group of the transfer

 private:
  int rank_;
};

inline constexpr int kAnyRank = -1;
inline constexpr int kMostPorts = 256;  // of a group: ports are 0 … kMostPorts - 1

// A send or a receive that was started. One that is destroyed before wait_any has returned it is
// given up: a receive takes no message any more, a message may arrive or not.
class Transfer {
 public:
  Transfer() = default;
  virtual ~Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
};

class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual int rank() const = 0;  // in the world
  [[nodiscard]] virtual int size() const = 0;  // of the world

  // The group of all ranks; one object shared by all ranks of a process.
  [[nodiscard]] virtual std::shared_ptr<const Group> world() const = 0;
  // This rank's place in `group`. REQUIRES: it is a member.
  [[nodiscard]] virtual int rank_in(const Group& group) const = 0;

  // Executes the schedule together with all other members and blocks until this rank's part is
  // complete. Members call in the same order in each lane of the group. Returns how long this rank
  // waited for the last member to arrive; zero in worlds that cannot know.
  virtual Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) = 0;

  // Performs a collective over all members of the group, whose tensors are as `call.operation` says
  // (runtime/collectives/algorithm.h); blocks and returns as execute. A world may have its own way
  // for Algorithm::native (the all-reduce of the communication library; elsewhere the schedule that
  // Open MPI would pick) and in_network (switches that add). Throws Error::input for an algorithm
  // that this world does not know, by its name. REQUIRES: as make_collective, and an algorithm
  // other than automatic; native is for all_reduce only.
  virtual Duration collective(const Group& group, const CollectiveCall& call, const Tensor& tensor);

  struct Agreement {
    std::int64_t least;  // value over all members
    Duration waited;     // for the last member to call; zero in worlds that cannot know
  };
  // Agrees on the smallest `value` through the control plane. Blocks until all have called.
  virtual Agreement agree_min(const Group& group, std::int64_t value) = 0;

  // Starts a message to `rank` of the group; the tensor must stay as it is until wait_any has
  // returned the transfer. REQUIRES: 0 <= rank < group.size(), not this rank; a port of the group.
  virtual std::unique_ptr<Transfer> start_send(const Group& group, int rank, int port,
                                               const Tensor& tensor) = 0;
  // Starts to receive a message of the tensor's size from `rank` of the group, or from any
  // (kAnyRank): the first to arrive, in simulated worlds the first to have been sent in virtual
  // time, of equal times the lowest rank's. REQUIRES: as start_send, or kAnyRank of several ranks.
  virtual std::unique_ptr<Transfer> start_receive(const Group& group, int rank, int port,
                                                  const Tensor& tensor) = 0;

  struct Completed {
    std::size_t index;                // into the transfers
    int rank;                         // the other end's, in the group of the transfer
    std::optional<Duration> begun{};  // when its bytes began to move; simulated worlds know
    bool gone = false;                // nothing came or went: the other end has ended
  };
  // Blocks until one of the transfers is complete, and says which. Of several, worlds that know
  // take the one that has been so for longest, the others look on from where they found the last
  // one, so that nobody is kept waiting for ever. A transfer is returned once: the caller leaves it
  // out afterwards, or resets it, for null entries are passed over. In worlds where ranks can end
  // before the run, a transfer with one that has is complete as well, and says so; a receive from
  // any rank is returned once for each such rank of its group, and stays under way. REQUIRES: one
  // that is not null.
  virtual Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers) = 0;

  // Starts messages to one rank, one for each tensor, that leave one behind the other, and appends
  // their transfers. A world may carry them together: what it appends is complete when all are.
  // REQUIRES: as start_send; both ends name tensors of the same sizes in the same order.
  virtual void start_sends(const Group& group, int rank, int port, std::span<const Tensor> tensors,
                           std::vector<std::unique_ptr<Transfer>>& transfers);
  // REQUIRES: not from any rank.
  virtual void start_receives(const Group& group, int rank, int port,
                              std::span<const Tensor> tensors,
                              std::vector<std::unique_ptr<Transfer>>& transfers);
  // Blocks until all are complete, and forgets them. Throws RankGone, as send and receive do, when
  // the other end of one has ended. Returns when the last of them began to move;
  // where that is not known, when the first was complete, on this clock.
  Duration wait_all(Clock& clock, std::vector<std::unique_ptr<Transfer>>& transfers);
  // Blocks until the tensor may be changed again.
  void send(const Group& group, int rank, int port, const Tensor& tensor);
  // Blocks until the message is there; returns who sent it.
  int receive(const Group& group, int rank, int port, const Tensor& tensor);

  // Payload that this rank has sent since the start, in collectives and messages; of the library's
  // own all-reduce, what the schedule that it most likely picks sends. All tasks of a rank
  // together.
  [[nodiscard]] virtual Bytes sent() const = 0;
  // Messages from rank to rank that this one has started to send, those of collectives not counted.
  [[nodiscard]] virtual std::int64_t messages_sent() const = 0;

 protected:
  // Hooks of `collective` for worlds that have a way of their own.
  //
  // Sums the tensor over the group by the all-reduce of the communication library.
  virtual Duration native_all_reduce(const Group& group, const Tensor& tensor);
  // Sums over the nodes in switches that add what passes them: the ranks of equal place in their
  // node sum the part of the tensor that is theirs (runtime/collectives/in_nodes.h, owned_in_node).
  // Throws Error::input where there are none. REQUIRES: the ranks of a node are consecutive, and
  // ranks_per_node on each.
  virtual Duration reduce_in_network(const Group& group, int ranks_per_node, const Tensor& tensor);

 private:
  Duration all_reduce_in_network(const Group& group, const Tensor& tensor, int ranks_per_node);
};

}  // namespace rehearse
