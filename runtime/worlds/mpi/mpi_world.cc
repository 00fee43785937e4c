#include "runtime/worlds/mpi/mpi_world.h"

#include <atomic>
#include <chrono>

#include "base/contract.h"
#include "runtime/worlds/host_world.h"
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/mpi/mpi_state.h"
#include "runtime/worlds/mpi/mpi_transport.h"
#include "runtime/worlds/solo_world.h"

namespace rehearse {
void run_over_mpi(MpiSession& session, const RealWorldOptions& options,
                  const std::function<void(World&)>& program) {
  MpiSession::State& state = *session.state_;
  const std::unique_ptr<Device> idle = make_inline_device();
  Device& device = options.device != nullptr ? *options.device : *idle;
  if (state.size == 1) return run_alone(device, program);
  // Made ahead, because making one blocks all ranks: for the main task and for what it may spawn.
  std::vector<MPI_Comm> tasks(static_cast<std::size_t>(options.background_tasks) + 1);
  for (MPI_Comm& comm : tasks) mpi_check(MPI_Comm_dup(state.control, &comm), "MPI_Comm_dup");
  MPI_Comm messages = MPI_COMM_NULL;
  mpi_check(MPI_Comm_dup(state.control, &messages), "MPI_Comm_dup");
  const std::int64_t start = mpi_common_start(state.control);
  RunMonitor monitor;
  std::atomic<std::int64_t> sent = 0;
  std::atomic<std::int64_t> messages_sent = 0;
  Alarm nobodys;
  Alarm& alarm = options.alarm != nullptr ? *options.alarm : nobodys;
  const MpiTransport::Rank rank{
      messages, group_of_all(state.size), start, monitor, alarm, sent, messages_sent, options.gone};
  const auto transport = [&](int task) {
    EXPECTS(task <= options.background_tasks);
    return std::make_unique<MpiTransport>(rank, tasks[static_cast<std::size_t>(task)],
                                          task > 0 || options.yields_core);
  };
  HostWorld(monitor, WallClock::Instant(std::chrono::nanoseconds(start)), transport, device)
      .run(program);
  state.failed = monitor.failed();
  monitor.rethrow_failure();
  for (int one = 0; options.gone && one < state.size; ++one) state.failed |= options.gone(one);
  if (state.failed) return;  // others may never come to free theirs
  for (MPI_Comm& comm : tasks) MPI_Comm_free(&comm);
  MPI_Comm_free(&messages);
}

}  // namespace rehearse
