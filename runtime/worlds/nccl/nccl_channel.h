// The way of messages from one rank to another: a communicator of the two, a stream and a thread at
// each end, so that messages of different pairs, and of the two directions of a pair, never wait
// for one another.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/worlds/nccl/nccl_api.h"
#include "runtime/worlds/nccl/nccl_watch.h"

namespace rehearse {

class NcclChannel {
 public:
  // What both ends share; borrowed.
  struct Rank {
    NcclApi& api;
    NcclWatch& watch;
    MemorySpace direct;  // the space that the device reaches
  };
  enum class End : bool { sends, receives };

  // `name` says between whom, for messages about failures.
  NcclChannel(const Rank& rank, const NcclId& id, End end, std::string name);
  // Carries what was asked for, unless the run has failed, and waits for it.
  ~NcclChannel();
  NcclChannel(const NcclChannel&) = delete;
  NcclChannel& operator=(const NcclChannel&) = delete;

  // Both ends are asked for the same messages in the same order. `done` is called from the
  // channel's thread with the failure, or null. REQUIRES: elements.
  void carry(const Tensor& tensor, std::function<void(std::exception_ptr)> done);
  // Nothing more will be asked for: the channel ends when it has carried what was. Communicators
  // end together, so that all channels of a rank are closed before the first is destroyed.
  void close();

 private:
  struct Work {
    Tensor tensor;
    std::function<void(std::exception_ptr)> done;
  };

  void serve();
  void perform(const Tensor& tensor, NcclComm& comm, NcclStream& stream) const;

  const Rank rank_;
  const NcclId id_;
  const End end_;
  const std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> asked_;
  bool closing_ = false;
  std::thread thread_;  // the last: uses the others
};

}  // namespace rehearse
