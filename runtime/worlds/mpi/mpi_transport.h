// Transport of one task over MPI. Every task has communicators of its own for its collectives, so
// that those of two tasks cannot mix; agreements are collectives of MPI, which keeps them apart
// from what schedules send. Messages have one communicator for all tasks of the rank.
#pragma once

#include <mpi.h>

#include <atomic>
#include <map>
#include <memory>

#include "runtime/world/world.h"
#include "runtime/worlds/alarm.h"
#include "runtime/worlds/mpi/mpi_messages.h"
#include "runtime/worlds/mpi/mpi_round.h"
#include "runtime/worlds/mpi/mpi_wait.h"

namespace rehearse {

class MpiTransport : public Transport {
 public:
  // What the tasks of a rank have in common.
  struct Rank {
    MPI_Comm messages;  // a communicator of all ranks
    std::shared_ptr<const Group> world;
    std::int64_t start;  // the common one, on this process's clock
    const RunMonitor& monitor;
    Alarm& alarm;                     // travels with every call
    std::atomic<std::int64_t>& sent;  // bytes
    std::atomic<std::int64_t>& messages_sent;
    const std::function<bool(int rank)>& gone;
  };

  // `all` is a communicator of all ranks for this task alone. Waiting yields the core in every task
  // but the main one.
  MpiTransport(const Rank& rank, MPI_Comm all, bool background);
  ~MpiTransport() override;

  int rank() const override { return rank_; }
  int size() const override { return shared_.world->size(); }
  std::shared_ptr<const Group> world() const override { return shared_.world; }
  int rank_in(const Group& group) const override;
  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override;
  Duration native_all_reduce(const Group& group, const Tensor& tensor) override;
  Agreement agree_min(const Group& group, std::int64_t value) override;
  std::unique_ptr<Transfer> start_send(const Group& group, int rank, int port,
                                       const Tensor& tensor) override;
  std::unique_ptr<Transfer> start_receive(const Group& group, int rank, int port,
                                          const Tensor& tensor) override;
  Completed wait_any(std::span<const std::unique_ptr<Transfer>> transfers) override;
  Bytes sent() const override { return Bytes(static_cast<double>(shared_.sent.load())); }
  std::int64_t messages_sent() const override { return shared_.messages_sent; }

 private:
  class Arrival;

  void count(std::int64_t elements, const Tensor& of) {
    shared_.sent += elements * of.element_bytes();
  }
  // Collective over the group when it is met for the first time.
  MPI_Comm communicator(const Group& group);

  Rank shared_;
  MPI_Comm all_;
  int rank_ = 0;
  MpiWait wait_;
  MpiRounds rounds_;
  MpiMessages messages_;
  std::map<int, MPI_Comm> made_;  // by the context of the group
};

}  // namespace rehearse
