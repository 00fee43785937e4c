// The rounds of a Schedule as MPI messages.
//
// A transfer travels in segments, so that what has arrived is added while it is still in the cache
// and while the next segment is under way. Additions run in the order of the actions, segment by
// segment: the result does not depend on timing. A range that is also being sent in this round
// changes only after it has left.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <vector>

#include "kernels/tensor.h"
#include "runtime/collectives/schedule.h"
#include "runtime/worlds/mpi/mpi_wait.h"

namespace rehearse {

class MpiRounds {
 public:
  // Keeps `wait`.
  explicit MpiRounds(MpiWait& wait) : wait_(wait) {}

  // Executes the actions of one round on the tensor; returns when all of them are complete.
  void run(MPI_Comm comm, const std::vector<Action>& actions, const Tensor& tensor);

 private:
  struct Piece {
    Action::Kind kind;
    int peer;
    std::int64_t offset, elements;
    bool lands_aside = false;  // in a slot, to be added or copied from there
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void split(const std::vector<Action>& actions, std::int64_t segment);
  [[nodiscard]] bool overlaps_a_send(const Piece& piece) const;
  void post_receives(MPI_Comm comm, const Tensor& tensor);
  void post_sends(MPI_Comm comm, const Tensor& tensor);
  void finish(Piece& piece, const Tensor& tensor);
  [[nodiscard]] std::byte* slot(std::size_t number);

  MpiWait& wait_;
  std::vector<Piece> sends_, receives_;  // in the order of the actions
  std::size_t posted_ = 0;               // receives
  std::size_t aside_posted_ = 0, aside_finished_ = 0;
  std::vector<std::byte> slots_;
};

}  // namespace rehearse
