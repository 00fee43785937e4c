// What predict would refuse, found without simulating anything.
#pragma once

#include "scenarios/scenario.h"

namespace rehearse {

// Throws the Error::input that predict would throw at any point of the sweep: a network that cannot
// be built, more workers than devices, a precision that the device does not know, a stack of which
// the fidelity does not know everything, an algorithm that the network cannot run. Quick: builds
// the network and places the workers, and prices no collective.
void expect_predictable(const Scenario& scenario);

}  // namespace rehearse
