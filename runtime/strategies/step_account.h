// Where the time of a step went that is not the device's.
#pragma once

#include "runtime/strategies/step_record.h"

namespace rehearse {

// Splits the time from record.backward_end to the last reduction, at `reduced`: communication
// (reductions and agreements under way), waiting for others where nothing is under way, and the
// rest, in which reducers wait for their cycle. What was under way before counts as hidden, but
// where the passes waited for activations at the same time, which the record has as exposed. Adds
// to the record, whose spans are complete.
void account_reductions(StepRecord& record, Duration reduced);

// Ends the step: what its parts leave out, which real clocks see between them, is other.
void close_step(StepRecord& record, Duration end);

}  // namespace rehearse
