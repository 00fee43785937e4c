// The rounds of a Schedule as MPI messages.
//
// A transfer travels in segments, so that what has arrived is added while it is still in the cache
// and while the next segment is under way. Additions run in the order of the actions, segment by
// segment: the result does not depend on timing. A range that is also being sent in this round
// changes only after it has left.
#pragma once

#include <mpi.h>

#include <vector>

#include "runtime/collectives/schedule.h"
#include "runtime/worlds/mpi/mpi_wait.h"

namespace rehearse {

class MpiRounds {
 public:
  // Keeps `wait`.
  explicit MpiRounds(MpiWait& wait) : wait_(wait) {}

  // Executes the actions of one round on `data`; returns when all of them are complete.
  void run(MPI_Comm comm, const std::vector<Action>& actions, float* data);

 private:
  struct Piece {
    Action::Kind kind;
    int peer;
    std::int64_t offset, elements;
    bool lands_aside = false;  // in a slot, to be added or copied from there
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void split(const std::vector<Action>& actions);
  [[nodiscard]] bool overlaps_a_send(const Piece& piece) const;
  void post_receives(MPI_Comm comm, float* data);
  void post_sends(MPI_Comm comm, const float* data);
  void finish(Piece& piece, float* data);
  [[nodiscard]] float* slot(std::size_t number);

  MpiWait& wait_;
  std::vector<Piece> sends_, receives_;  // in the order of the actions
  std::size_t posted_ = 0;               // receives
  std::size_t aside_posted_ = 0, aside_finished_ = 0;
  std::vector<float> slots_;
};

}  // namespace rehearse
