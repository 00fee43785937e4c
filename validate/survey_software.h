// Numbers of the software that ran a survey's records, which no kernel table tells: how long its
// host takes to enqueue a kernel, how many passes over memory its element-wise operators make. Each
// was fitted to the records of one model on at most 64 devices (docs/studies/layouts.md), which
// then count as calibration and are left out of sums.
#pragma once

#include <optional>

#include "base/units.h"
#include "validate/survey.h"

namespace rehearse {

struct SurveySoftware {
  std::optional<Duration> launch_gap;   // training.launch_gap
  std::optional<double> stream_factor;  // training.stream_factor
};

// Nothing where the defaults of the framework stand.
SurveySoftware software_of(const SurveyRecord& record);

// Whether the record is one of those to which the numbers of its software were fitted.
bool fits_software(const SurveyRecord& record);

}  // namespace rehearse
