// Files that are given where a scenario or a model belongs.
#pragma once

#include <string>

#include "base/json_reader.h"

namespace rehearse {

// Throws Error::input, which says what it is, for a file of another program: a Hugging Face config.
void refuse_foreign(const JsonDocument& file);

// Throws Error::input for a file that is none of a scenario: one of another program, or a profile,
// record or result of this one. What is no file of any kind passes: its reader says what is wrong.
void expect_scenario(const JsonDocument& document);

}  // namespace rehearse
