// What becomes of a prediction when things fail and a target is to be reached.
#pragma once

#include <string>

#include "predict/prediction.h"

namespace rehearse {

// Goodput, staleness and the way to the target of each point, as far as they are known; the point
// behind which more workers do not help is marked. Empty where nothing is known.
std::string target_table(const Prediction& prediction);

}  // namespace rehearse
