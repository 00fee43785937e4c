// Scenarios by name.
#pragma once

#include <string>
#include <vector>

#include "base/json_reader.h"

namespace rehearse {

// The file that a word of the command line names: the word itself if there is such a file, else
// with ".json", else ("resnet50_strong", "scenarios/resnet50_strong") a scenario that ships. A word
// that names none is returned as it is.
std::string find_scenario(const std::string& word);

// Opens it. Throws Error::input: where there is no such file, with the nearest scenarios, or with
// what else has that name (a network of the zoo, a preset, a device).
JsonDocument open_scenario(const std::string& word);

// Whether find_scenario finds a file.
bool names_scenario(const std::string& word);

// The names of the scenarios that ship, sorted; empty if their folder cannot be read.
std::vector<std::string> shipped_scenarios();

}  // namespace rehearse
