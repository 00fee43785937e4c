// Waiting for MPI without stealing the core from the computation.
//
// MPI's own waiting spins. A background task shares its core with the task that computes, so it
// polls (runtime/worlds/polling.h). The main task has nothing better to do and spins.
#pragma once

#include <mpi.h>

#include <chrono>

#include "runtime/worlds/host_world.h"

namespace rehearse {

class MpiWait {
 public:
  MpiWait(bool yields_core, const RunMonitor& monitor)
      : yields_core_(yields_core), monitor_(monitor) {}

  // Returns when the request is complete. Throws Error::environment when the run fails meanwhile.
  void until_complete(MPI_Request& request);

  // The same of anything that `done` tests.
  template <class Done>
  void until(Done done) {
    const auto begin = std::chrono::steady_clock::now();
    while (!done()) {
      monitor_.expect_going();
      if (yields_core_) pause(std::chrono::steady_clock::now() - begin);
    }
  }

 private:
  void pause(std::chrono::steady_clock::duration waited);

  bool yields_core_;
  bool precise_ = false;  // this thread's sleeps
  const RunMonitor& monitor_;
};

}  // namespace rehearse
