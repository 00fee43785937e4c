#include "runtime/mpi_wait.h"

#include <sys/prctl.h>

#include <algorithm>

#include "runtime/mpi_state.h"

namespace rehearse {
namespace {

using std::chrono::microseconds;
using Steady = std::chrono::steady_clock;

// Measured: a sleep costs about 28 us of the core on a virtual machine, whose timers and wake-ups
// leave it, and a few on bare metal. Hence the spin before the first one and the shortest one; with
// the longest, a waiting task takes 3 % of the core.
constexpr microseconds kSpin{50};
constexpr microseconds kShortest{100};
constexpr microseconds kLongest{1000};
constexpr int kShare = 10;
constexpr unsigned long kTimerSlack = 1000;  // ns; the default of 50 us would double a sleep

}  // namespace

void MpiWait::until_complete(MPI_Request& request) {
  const Steady::time_point begin = Steady::now();
  for (;;) {
    int done = 0;
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != 0) return;
    meeting_.expect_going();
    if (yields_core_) pause(Steady::now() - begin);
  }
}

void MpiWait::pause(Steady::duration waited) {
  if (waited < kSpin) return;
  if (!precise_) prctl(PR_SET_TIMERSLACK, kTimerSlack);
  precise_ = true;
  std::this_thread::sleep_for(std::clamp<Steady::duration>(waited / kShare, kShortest, kLongest));
}

}  // namespace rehearse
