// Word of trouble that travels with the messages of a step, so that it costs no message of its own.
#pragma once

#include <atomic>

namespace rehearse {

// One per rank, of the tasks of a run. A rank that raises it before it enters a collective or an
// agreement raises it on every rank that completes the same one (runtime/worlds/mpi/mpi_world.h).
// It stays raised until all ranks reset it at the same point of the program, between two
// collectives.
class Alarm {
 public:
  void raise() { raised_ = true; }
  void reset() { raised_ = false; }
  [[nodiscard]] bool raised() const { return raised_; }

 private:
  std::atomic<bool> raised_ = false;
};

}  // namespace rehearse
