// What the files of the MPI world share: the session's state and the check of every call.
#pragma once

#include <mpi.h>

#include <cstdint>

#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {

// Throws Error::environment with MPI's own explanation unless `code` is success.
void mpi_check(int code, const char* call);

struct MpiSession::State {
  int rank = 0;
  int size = 1;
  int node = 0;
  int local_rank = 0;
  int local_size = 1;
  bool initialised = false;
  bool failed = false;               // a program has ended by an exception
  int exceptions = 0;                // in flight when the session began
  MPI_Comm control = MPI_COMM_NULL;  // of all ranks, for the session's own messages
};

// Nanoseconds of this process's steady clock.
std::int64_t mpi_steady_now();

// The instant, in nanoseconds of this process's steady clock, at which all ranks agree that the run
// starts. Collective over `comm`. Offsets come from the ping-pong with rank 0 whose round trip was
// the shortest (Hunold, Carpen-Amarie, "Reproducible MPI benchmarking is still not as easy as you
// think", IEEE TPDS 27(12), 2016); an offset below what the round trip can tell is none: the ranks
// of a node share their clock.
std::int64_t mpi_common_start(MPI_Comm comm);

}  // namespace rehearse
