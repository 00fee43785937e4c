// How a background task waits for messages without stealing the core from the computation: it
// looks again and again, for a moment without pause, because a partner who is also there answers
// within microseconds, then with sleeps that grow with the time already waited, so that a long wait
// costs next to nothing and no wait gets longer by more than a tenth (or the shortest sleep).
//
// MPI's tasks wait like this (runtime/worlds/mpi/mpi_wait.h), and the simulated ones pay for it
// (sim/worlds/sim_world.h).
#pragma once

#include "base/units.h"

namespace rehearse {

// The sleep of a task that has waited so long before it looks again; zero: none.
Duration polling_sleep(Duration waited);

// What a wait of that length asks of the core.
struct PollingWork {
  Duration spun;   // without pause
  int sleeps = 0;  // each of which costs going to sleep and waking up

  bool operator==(const PollingWork&) const = default;
};
PollingWork polling_work(Duration waited);

}  // namespace rehearse
