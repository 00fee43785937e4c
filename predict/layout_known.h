// What a prediction, a run or an emulation refuses of training.parallelism and of how gradients
// travel.
#pragma once

#include "scenarios/scenario.h"

namespace rehearse {

// Throws Error::input, which names `rehearse search`, where keys are open ("auto"): a search finds
// their values.
void expect_layout_known(const Scenario& scenario);

// Throws Error::input where a point of the sweep has a layout that is not plain: predictions know
// replicas of one device only.
void expect_plain_layout(const Scenario& scenario);

}  // namespace rehearse
