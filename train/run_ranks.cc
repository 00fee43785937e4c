#include "train/run_ranks.h"

#include "base/contract.h"
#include "runtime/worlds/nccl/nccl_world.h"

namespace rehearse {

void run_ranks(MpiSession& session, const Backend& backend, RealWorldOptions options,
               const std::function<void(World&)>& program) {
  if (backend.space() == MemorySpace::host || session.size() == 1) {
    return run_over_mpi(session, options, program);
  }
  EXPECTS(!options.gone);  // NCCL knows no rank that ends before the others
  const auto nccl = make_nccl(session.local_rank());
  options.background_tasks += kNcclTasks;
  run_over_mpi(session, options,
               [&](World& host) { run_over_nccl(host, *nccl, backend, {}, program); });
}

}  // namespace rehearse
