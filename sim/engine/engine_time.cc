#include "sim/engine/engine_time.h"

#include <simgrid/s4u.hpp>

namespace rehearse {

Duration engine_now() { return Duration(simgrid::s4u::Engine::get_clock()); }

void sleep_for(Duration time) {
  if (time > Duration(0)) simgrid::s4u::this_actor::sleep_for(time.value());
}

void sleep_until(Duration time) {
  if (time > engine_now()) simgrid::s4u::this_actor::sleep_until(time.value());
}

}  // namespace rehearse
