// Measured delays of asynchronous updates, and the run that predicts them.
//
// A survey has runs that count how many updates came between the read of the weights and the write
// of an update (unit: updates). They are no training steps: each is compared with the staleness of
// async_ps with as many equal workers and one server.
#pragma once

#include "validate/survey.h"
#include "validate/survey_mapping.h"

namespace rehearse {

// Whether the record is of a mean delay of gradients.
bool is_delay(const SurveyRecord& record);

// The mean as the measurement of `outcome`, the p50, p90 and p99 of its notes as `more`; or why
// there is none. REQUIRES: is_delay(item.record).
void map_delay(const SurveyItem& item, SurveyOutcome& outcome);

}  // namespace rehearse
