// The virtual time of the engine, for actors. Every function that sleeps is called by an actor and
// returns at once where there is nothing to wait for.
#pragma once

#include "base/units.h"

namespace rehearse {

// Since the start of the run.
Duration engine_now();

void sleep_for(Duration time);
void sleep_until(Duration time);

}  // namespace rehearse
