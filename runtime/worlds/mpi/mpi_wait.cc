#include "runtime/worlds/mpi/mpi_wait.h"

#include <sys/prctl.h>

#include "runtime/worlds/mpi/mpi_state.h"
#include "runtime/worlds/polling.h"

namespace rehearse {
namespace {

using Steady = std::chrono::steady_clock;

constexpr unsigned long kTimerSlack = 1000;  // ns; the default of 50 us would double a sleep

}  // namespace

void MpiWait::until_complete(MPI_Request& request) {
  const Steady::time_point begin = Steady::now();
  for (;;) {
    int done = 0;
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != 0) return;
    monitor_.expect_going();
    if (yields_core_) pause(Steady::now() - begin);
  }
}

void MpiWait::pause(Steady::duration waited) {
  using Seconds = std::chrono::duration<double>;
  const Duration sleep = polling_sleep(Duration(Seconds(waited).count()));
  if (sleep == Duration(0)) return;
  if (!precise_) prctl(PR_SET_TIMERSLACK, kTimerSlack);
  precise_ = true;
  std::this_thread::sleep_for(Seconds(sleep.value()));
}

}  // namespace rehearse
