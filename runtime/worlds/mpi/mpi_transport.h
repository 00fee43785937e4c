// Transport of one task over MPI. Every task has communicators of its own, so that the messages of
// two tasks cannot mix; agreements are collectives, which MPI keeps apart from messages.
#pragma once

#include <mpi.h>

#include <atomic>
#include <map>
#include <memory>

#include "runtime/world/world.h"
#include "runtime/worlds/alarm.h"
#include "runtime/worlds/mpi/mpi_round.h"
#include "runtime/worlds/mpi/mpi_wait.h"

namespace rehearse {

class MpiTransport : public Transport {
 public:
  // `all` is a communicator of all ranks for this task alone; `start` the common start on this
  // process's clock. Waiting yields the core in every task but the main one. `alarm` travels with
  // every call; `sent` counts the bytes of all tasks of the rank.
  MpiTransport(MPI_Comm all, std::shared_ptr<const Group> world, std::int64_t start,
               bool background, const RunMonitor& monitor, Alarm& alarm,
               std::atomic<std::int64_t>& sent);
  ~MpiTransport() override;

  int rank() const override { return rank_; }
  int size() const override { return world_->size(); }
  std::shared_ptr<const Group> world() const override { return world_; }
  int rank_in(const Group& group) const override;
  Duration execute(const Group& group, const Schedule& schedule, const Tensor& tensor) override;
  Duration native_all_reduce(const Group& group, const Tensor& tensor) override;
  Agreement agree_min(const Group& group, std::int64_t value) override;
  std::unique_ptr<Transfer> start_send(const Group&, int, int, const Tensor&) override {
    return {};
  }
  std::unique_ptr<Transfer> start_receive(const Group&, int, int, const Tensor&) override {
    return {};
  }
  Completed wait_any(std::span<const std::unique_ptr<Transfer>>) override { return {}; }
  Bytes sent() const override { return Bytes(static_cast<double>(sent_.load())); }

 private:
  class Arrival;

  void count(std::int64_t elements) {
    sent_ += elements * static_cast<std::int64_t>(sizeof(float));
  }
  // Collective over the group when it is met for the first time.
  MPI_Comm communicator(const Group& group);

  MPI_Comm all_;
  std::shared_ptr<const Group> world_;
  std::int64_t start_;
  const RunMonitor& monitor_;
  Alarm& alarm_;
  std::atomic<std::int64_t>& sent_;
  int rank_ = 0;
  MpiWait wait_;
  MpiRounds rounds_;
  std::map<int, MPI_Comm> made_;  // by the id of the group
};

}  // namespace rehearse
