// NCCL for the ranks of one process (threads), in host memory: what nccl_api.h promises, and a
// judge of how it is used. A stream's work is done by whichever thread enqueues or asks.
//
//   FakeNccl fake;
//   const auto api = fake.of_rank(2);    // an NcclApi, in the thread of rank 2
//
// A misuse fails the communicators that it concerns, and is kept for misuses(): ranks of a
// communicator that make different calls or calls of different sizes and types; sends and receives
// that wait for one another in a circle because they are no group; a use of a communicator that is
// not ready or was aborted; addresses outside the memory of the rank's device.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse {

class FakeNccl {
 public:
  // Of which memory devices are made: what NcclApi::allocate and FakeDevice give, or all.
  enum class Devices : bool { own_memory, any_memory };

  explicit FakeNccl(Devices devices = Devices::own_memory);
  ~FakeNccl();
  FakeNccl(const FakeNccl&) = delete;
  FakeNccl& operator=(const FakeNccl&) = delete;

  [[nodiscard]] std::unique_ptr<NcclApi> of_rank(int rank);
  // The communicators of this rank fail with this text, from its group of calls number `group` on,
  // counted from 0.
  void fail(int rank, const std::string& text, int group = 0);
  // The calls of this rank from now on are never begun.
  void stall(int rank);
  [[nodiscard]] std::vector<std::string> misuses() const;

 private:
  friend class FakeDevice;
  class Cluster;
  class Api;
  class Comm;
  class Stream;
  class Buffer;
  std::shared_ptr<Cluster> cluster_;
};

}  // namespace rehearse
