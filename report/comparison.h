// Comparisons as tables and as JSON.
#pragma once

#include <string>
#include <vector>

#include "predict/comparison.h"

namespace rehearse {

// Rows of the same number of workers stand together; "against first" compares the step with the
// first row's. A second table has what the networks are made of and what they cost.
std::string comparison_table(const Comparison& comparison);

// The last part of each dotted key, or all of it where that says too little.
std::vector<std::string> short_keys(const std::vector<std::string>& keys);

// {"varied": [key], "rows": [{"values": {key: value}, "prediction": {…}, "network": {…}}],
// "warnings": […]}; a value is JSON if it parses, else a string. The schema is
// scenarios/schema/comparison.schema.json.
std::string to_json(const Comparison& comparison);

}  // namespace rehearse
