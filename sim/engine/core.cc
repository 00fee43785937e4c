#include "sim/engine/core.h"

#include <simgrid/s4u.hpp>

namespace rehearse {

// A host does one unit of SimGrid's work per second (SimEngine::build).
void run_on_core(Duration work) {
  if (work > Duration(0)) simgrid::s4u::this_actor::execute(work.value());
}

}  // namespace rehearse
