// The same job over several values of some keys, side by side.
#pragma once

#include <string>
#include <vector>

#include "predict/prediction.h"

namespace rehearse {

struct ComparedRow {
  std::vector<std::string> values;  // of Comparison::varied, as the user wrote them
  Prediction prediction;
};

struct Comparison {
  std::vector<std::string> varied;  // dotted keys
  std::vector<ComparedRow> rows;
  std::vector<Warning> warnings;
};

// One warning "no_effect", with its reason, for every key with several values that changed nothing
// that is predicted by more than kNoEffect, whatever the other keys were.
std::vector<Warning> no_effects(const Comparison& comparison);

inline constexpr double kNoEffect = 1e-3;  // relative

// Rows of the same number of workers stand together; "against first" compares the step with the
// first row's.
std::string comparison_table(const Comparison& comparison);

// {"varied": [key], "rows": [{"values": {key: value}, "prediction": {…}}], "warnings": […]}; a
// value is JSON if it parses, else a string.
std::string to_json(const Comparison& comparison);

}  // namespace rehearse
