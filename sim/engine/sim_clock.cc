#include "sim/engine/sim_clock.h"

#include <algorithm>
#include <simgrid/s4u.hpp>

namespace rehearse {

Duration EngineClock::now() { return Duration(simgrid::s4u::Engine::get_clock()); }

void EngineClock::sleep_until(Duration time) {
  if (time > now()) simgrid::s4u::this_actor::sleep_until(time.value());
}

Duration HostClock::now() { return std::max(engine_.now(), ahead_); }

void HostClock::sleep_until(Duration time) { ahead_ = std::max(ahead_, time); }

void HostClock::synchronise() { engine_.sleep_until(ahead_); }

}  // namespace rehearse
