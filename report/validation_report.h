// Predicted against measured for people and for programs.
#pragma once

#include <string>

#include "validate/validate.h"

namespace rehearse {

std::string validation_table(const Validation& validation);

// {"records": [{"id", "family", "quantity", "unit", "measured", "predicted",
//  "interval": {"p10", "p90"}, "signed_error", "calibration", "source"}],
//  "unmapped": [{"id", "why"}], "mean_error", "worst_error", "inside_interval",
//  "families": {name: {"records", "mean_error", "median_error", "worst_error", "inside_interval"}}}
std::string to_json(const Validation& validation);

}  // namespace rehearse
