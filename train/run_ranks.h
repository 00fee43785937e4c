// The world that a rank of a real run gets.
#pragma once

#include <functional>

#include "kernels/backend.h"
#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {

// Whether ranks of a job can go on when one has died: over MPI they can, over NCCL they cannot.
bool outlives_ranks(const Backend& backend);

// Runs the program on all ranks of the session: over MPI, and where the backend's tensors are in
// the memory of GPUs, and there are several ranks, over NCCL between the GPUs
// (runtime/worlds/nccl): rank by rank of a node on its devices 0, 1, …. Throws as run_over_mpi and
// make_nccl.
void run_ranks(MpiSession& session, const Backend& backend, RealWorldOptions options,
               const std::function<void(World&)>& program);

}  // namespace rehearse
