#include "runtime/worlds/mpi/mpi_wait.h"

#include <sys/prctl.h>

#include "runtime/worlds/mpi/mpi_state.h"
#include "runtime/worlds/polling.h"

namespace rehearse {
namespace {

constexpr unsigned long kTimerSlack = 1000;  // ns; the default of 50 us would double a sleep

}  // namespace

void MpiWait::until_complete(MPI_Request& request) {
  until([&request] {
    int done = 0;
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    return done != 0;
  });
}

void MpiWait::pause(std::chrono::steady_clock::duration waited) {
  using Seconds = std::chrono::duration<double>;
  const Duration sleep = polling_sleep(Duration(Seconds(waited).count()));
  if (sleep == Duration(0)) return;
  if (!precise_) prctl(PR_SET_TIMERSLACK, kTimerSlack);
  precise_ = true;
  std::this_thread::sleep_for(Seconds(sleep.value()));
}

}  // namespace rehearse
