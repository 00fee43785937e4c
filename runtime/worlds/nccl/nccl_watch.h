// How the tasks of a rank wait for what NCCL does, and learn that it does it no more.
//
// A waiting thread looks at the stream, at the communicator (ncclCommGetAsyncError), at the clock
// and at whether the run has failed elsewhere. It aborts the communicator when it gives up, so that
// the kernels on the device end.
#pragma once

#include <atomic>
#include <string_view>

#include "base/units.h"
#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse {

class NcclWatch {
 public:
  // `rank` of the world. `timeout`: how long a call may take once all ranks have made it.
  NcclWatch(int rank, Duration timeout) : rank_(rank), timeout_(timeout) {}

  // The run has failed elsewhere: whoever waits gives up.
  void fail() { failed_ = true; }
  [[nodiscard]] bool failed() const { return failed_; }
  void expect_going() const;  // throws Error::environment when the run has failed

  // Whether a waiting thread leaves its core to others.
  enum class Core : bool { keep, yield };

  // Returns when the communicator takes calls. Throws Error::environment, which names this rank,
  // after aborting it, when it fails or the time is over. `what` says what was going on.
  void until_ready(NcclComm& comm, Core core, std::string_view what) const;
  // The same when everything on the stream is complete.
  void until_idle(NcclComm& comm, NcclStream& stream, Core core, std::string_view what) const;

 private:
  template <class Done>
  void until(NcclComm& comm, Core core, std::string_view what, Done done) const;

  int rank_;
  Duration timeout_;
  std::atomic<bool> failed_ = false;
};

}  // namespace rehearse
