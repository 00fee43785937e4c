// The profile of this machine, for scenarios whose device is "local".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/options.h"
#include "base/json_reader.h"
#include "scenarios/profile.h"
#include "scenarios/scenario.h"

namespace rehearse {

// The file of --profile, else the cached profile of this machine; where that is missing or lacks
// layers of the scenario, the machine is calibrated first (within a minute) and the cache brought
// up to date. Null for scenarios of other devices. `scenario` has all overrides applied.
std::shared_ptr<const Profile> local_profile(const JsonDocument& scenario,
                                             const std::string& profile_file, bool quiet);

// As far as it is known without measuring: the file, else the cache, if it has every layer of the
// scenario; else null.
std::shared_ptr<const Profile> known_profile(const JsonDocument& scenario,
                                             const std::string& profile_file);

// Null for an empty name.
std::shared_ptr<const Profile> read_local_profile(const std::string& file);

// The file with its overrides. Points of the sweep that the nodes of --nodes cannot hold are left
// out, with a warning.
JsonDocument load_document(const ScenarioOptions& options,
                           const std::vector<std::string>& overrides, bool quiet);

// Reads a scenario with its overrides and, if it needs one, the profile of this machine.
Scenario load(const ScenarioOptions& options, const std::vector<std::string>& overrides,
              bool quiet);

}  // namespace rehearse
