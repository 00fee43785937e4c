// A prediction for people and for programs.
#pragma once

#include <string>

#include "predict/prediction.h"

namespace rehearse {

// The curve, its breakdown, the warnings and where the numbers come from.
std::string prediction_table(const Prediction& prediction);

// "this is not so (points 256, 512)": one line without its code.
std::string warning_line(const Warning& warning, const Prediction& prediction);

// A line of names, then a row per point; the names tell the units. Empty where a collective without
// a model has no number.
std::string prediction_csv(const Prediction& prediction);

// The JSON of docs/formats.md: fixed order of keys, doubles that read back exactly, no times, host
// names or paths. REQUIRES: all numbers are finite.
std::string to_json(const Prediction& prediction);

}  // namespace rehearse
