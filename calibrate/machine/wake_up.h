// What it costs a core that computes when a thread beside it goes to sleep and wakes up again: the
// price of waiting for messages in short sleeps (runtime/worlds/polling.h).
#pragma once

#include "base/units.h"

namespace rehearse {

// Core time of one sleep, from a fixed piece of work in the caches with and without a second thread
// that sleeps for 0.1 ms again and again; 0 where that thread has a core of its own. The calling
// thread must be bound to the cores of a device. Takes about a second.
Duration measure_wake_up();

}  // namespace rehearse
