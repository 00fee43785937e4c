#include "sim/engine/sim_clock.h"

#include <algorithm>

#include "sim/engine/engine_time.h"

namespace rehearse {

Duration EngineClock::now() { return engine_now(); }

void EngineClock::sleep_until(Duration time) { rehearse::sleep_until(time); }

Duration HostClock::now() { return std::max(engine_.now(), ahead_); }

void HostClock::sleep_until(Duration time) { ahead_ = std::max(ahead_, time); }

void HostClock::synchronise() { engine_.sleep_until(ahead_); }

}  // namespace rehearse
