// The real world over NCCL: tensors in the memory of GPUs, collectives and messages between them,
// inside another real world (MPI; in tests, that in memory) that starts the ranks, agrees, and
// carries what hosts tell one another.
//
//   const auto nccl = make_nccl(session.local_rank());
//   RealWorldOptions real{.device = &replica, .background_tasks = kNcclTasks + of_the_program};
//   run_over_mpi(session, real, [&](World& host) {
//     run_over_nccl(host, *nccl, backend, {}, [&](World& world) { … });
//   });
//
// Clock, device, signals and tasks are those of the host world. The transport's calls block the
// calling task and run on a stream of that task, so that the device's other streams go on
// computing. What a call reads must be complete when it is made (Device::wait); what it writes is
// complete when it returns.
#pragma once

#include <functional>

#include "kernels/backend.h"
#include "runtime/world/world.h"
#include "runtime/worlds/nccl/nccl_api.h"

namespace rehearse {

// Tasks of the host world that this one spawns beside those of the program.
inline constexpr int kNcclTasks = 1;

// The call for which NCCL does the operation itself, by an algorithm of its own choice. REQUIRES:
// not send_recv.
CollectiveCall nccl_call(Operation operation);

struct NcclWorldOptions {
  // How long a collective or a message may take once all its ranks have started it. The default is
  // that of PyTorch for NCCL (torch.distributed, init_process_group).
  Duration timeout{600};
};

// Runs the program of one rank; all ranks of the host world do so. Tensors are in host memory or in
// that of `backend`. Borrows all, until the run of the host world ends. A communicator that fails
// or does not answer in time ends the run by an Error::environment that names the rank which saw
// it; so does a rank that ends before the others (RankGone).
void run_over_nccl(World& host, NcclApi& nccl, const Backend& backend,
                   const NcclWorldOptions& options, const std::function<void(World&)>& program);

}  // namespace rehearse
