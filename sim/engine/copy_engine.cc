#include "sim/engine/copy_engine.h"

#include <algorithm>
#include <simgrid/s4u.hpp>

namespace rehearse {

void CopyEngine::copy(Duration time) {
  if (!(time > Duration(0))) return;
  free_ = std::max(free_, Duration(simgrid::s4u::Engine::get_clock())) + time;
  simgrid::s4u::this_actor::sleep_until(free_.value());
}

}  // namespace rehearse
