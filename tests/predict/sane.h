// What every prediction fulfils.
#pragma once

#include <string>

#include "predict/prediction.h"

namespace rehearse {

// What is wrong with it; empty if nothing is. `certain`: nothing in it is uncertain, so that its
// interval is a point.
std::string fault_of(const Prediction& prediction, bool certain = false);

}  // namespace rehearse
