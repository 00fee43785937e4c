// Notices that the process of a rank has ended before its time, as one that was killed.
//
// It sees the processes of its own host. Of a rank on another host it learns nothing: there the MPI
// library notices that a connection broke.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <set>
#include <vector>

#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {

class RankWatch {
 public:
  // Made by all ranks together.
  explicit RankWatch(MpiSession& session);

  // Once gone, a rank stays so. Callable by all tasks.
  [[nodiscard]] bool gone(int rank);

 private:
  std::vector<pid_t> processes_;  // by rank; 0: on another host, or this one
  std::mutex mutex_;
  std::set<int> gone_;
};

}  // namespace rehearse
