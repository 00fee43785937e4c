// The fidelity of a simulation, by its older name.
#pragma once

#include "base/fidelity.h"

namespace rehearse {

using CollectiveFidelity = Fidelity;

}  // namespace rehearse
