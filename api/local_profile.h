// The profile of this machine, for scenarios whose device is "local".
#pragma once

#include <memory>
#include <string>

#include "api/calibrate.h"
#include "base/json_reader.h"
#include "scenarios/profile.h"

namespace rehearse {

// `profile_file`, else the cached profile of this machine; where that is missing or lacks layers of
// the scenario, the machine is calibrated first (within a minute) and the cache brought up to date.
// Null for scenarios of other devices. `scenario` has all overrides applied.
std::shared_ptr<const Profile> local_profile(const JsonDocument& scenario,
                                             const std::string& profile_file,
                                             const MachineDoor& door);

// As far as it is known without measuring: the file, else the cache, if it has every layer of the
// scenario; else null.
std::shared_ptr<const Profile> known_profile(const JsonDocument& scenario,
                                             const std::string& profile_file);

// Null for an empty name.
std::shared_ptr<const Profile> read_local_profile(const std::string& file);

}  // namespace rehearse
