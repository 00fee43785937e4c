// The state that the ranks of FakeNccl share. Internal to the folder.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "tests/runtime/fake_nccl/fake_nccl.h"
#include "tests/runtime/fake_nccl/fake_work.h"

namespace rehearse {

class FakeNccl::Cluster {
 public:
  explicit Cluster(Devices devices) : devices_(devices) {}

  using Communicator = fake_nccl::Communicator;
  using Queue = fake_nccl::Queue;

  // All of the following may be called from any thread.
  NcclId new_id();
  Communicator& join(const NcclId& id, int ranks, int rank);
  NcclState state(Communicator& of, int rank);
  void enqueue(Communicator& on, int rank, int world_rank, std::span<const NcclCall> calls,
               Queue& stream);
  void copy(const fake_nccl::Copy& copy, Queue& stream);
  bool idle(const Queue& stream);
  void abort(Communicator& of, int rank);
  void leave(Communicator& of, int rank);
  void open(Queue& stream);
  void close(Queue& stream);

  void add_memory(int world_rank, const void* begin, std::size_t bytes);
  void remove_memory(const void* begin);
  void fail(int world_rank, const std::string& text, int group);
  void stall(int world_rank);
  std::vector<std::string> misuses();

 private:
  struct Memory {
    int world_rank;
    std::size_t bytes;
  };
  struct Injected {
    std::string text;
    int group = 0;
  };

  // With the lock held.
  void advance();
  void note(const std::string& misuse, Communicator& where);
  [[nodiscard]] std::string trouble_of(const NcclCall& call, const Communicator& on, int rank,
                                       int world_rank) const;
  [[nodiscard]] bool is_of_device(int world_rank, const void* begin, std::size_t bytes) const;

  const Devices devices_;
  std::mutex mutex_;
  std::int64_t ids_ = 0;
  std::map<NcclId, std::unique_ptr<Communicator>> communicators_;
  std::vector<Queue*> streams_;
  std::map<const std::byte*, Memory> memory_;  // by its begin
  std::map<int, Injected> injected_;           // by world rank
  std::set<int> stalled_;                      // world ranks
  std::map<int, int> groups_;                  // enqueued so far, by world rank
  std::vector<std::string> misuses_;
};

}  // namespace rehearse
