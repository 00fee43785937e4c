#include "runtime/mpi_wait.h"

#include <sys/prctl.h>

#include <algorithm>

#include "runtime/mpi_state.h"

namespace rehearse {
namespace {

using std::chrono::microseconds;
using Steady = std::chrono::steady_clock;

constexpr microseconds kSpin{20};
constexpr microseconds kShortest{30};
constexpr microseconds kLongest{200};
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
  std::this_thread::sleep_for(std::clamp<Steady::duration>(waited / 20, kShortest, kLongest));
}

}  // namespace rehearse
