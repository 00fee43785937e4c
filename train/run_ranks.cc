#include "train/run_ranks.h"

#include "base/contract.h"
#include "runtime/worlds/nccl/nccl_world.h"

namespace rehearse {

bool outlives_ranks(const Backend& backend) { return backend.space() == MemorySpace::host; }

void run_ranks(MpiSession& session, const Backend& backend, RealWorldOptions options,
               const std::function<void(World&)>& program) {
  if (backend.space() == MemorySpace::host || session.size() == 1) {
    return run_over_mpi(session, options, program);
  }
  EXPECTS(!options.gone);
  const auto nccl = make_nccl(session.local_rank());
  options.background_tasks += kNcclTasks;
  run_over_mpi(session, options,
               [&](World& host) { run_over_nccl(host, *nccl, backend, {}, program); });
}

}  // namespace rehearse
