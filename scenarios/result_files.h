// Strict reading of the files that the program writes and does not need back: every key is known,
// every number is one. They are for other programs; `check` reads them.
#pragma once

#include "base/json_reader.h"

namespace rehearse {

// Throw Error::input for anything wrong.
void check_prediction(const JsonDocument& file);
void check_comparison(const JsonDocument& file);
void check_collective(const JsonDocument& file);

// Without the scenario and the profile inside.
void check_run_record(const JsonDocument& file);

}  // namespace rehearse
