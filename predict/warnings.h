// What a reader of a prediction must know beyond its numbers.
#pragma once

#include <vector>

#include "predict/prediction.h"
#include "scenarios/scenario.h"

namespace rehearse {

// extrapolated: a point lies outside the range in which a profile was measured.
// uncalibrated: no single-device record fixes the device time.
// assumed_stack: no stack is named; the best match is taken.
// stack_mismatch: the stack that is named was found on another kind of adapters.
// input_bound: training waits for its input.
// memory: a point does not fit in device memory.
// analytic_rough: analytic keeps ranks in step that messages with ends let drift apart.
// superlinear: a point's efficiency is above 105 %.
// uneven_batch: the global batch does not divide by the workers.
// one_value_per_channel: batch normalisation has nothing to normalise: such a network learns
// nothing. repeated_samples: a step takes more samples than there are. no_effect: the number of
// workers changes nothing, or a key of the all-reduce is out of play.
std::vector<Warning> warnings_of(const Scenario& scenario,
                                 const std::vector<PredictedPoint>& points);

// Appends assumed_stack where the stack is a match for one that nobody named, stack_mismatch where
// the one that is named is of another kind of adapters than the network's.
void add_stack_warning(const Scenario& scenario, std::vector<Warning>& list);

}  // namespace rehearse
