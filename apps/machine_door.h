// How the commands load scenarios and reach this machine: lines and bars on stderr, ranks by
// mpirun.
#pragma once

#include <string>
#include <vector>

#include "api/calibrate.h"
#include "apps/options.h"
#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Says what is measured on stderr, unless `quiet`; where that is a terminal, how far it is.
MachineDoor machine_door(bool quiet);

// The file with its overrides. Points of the sweep that the nodes of --nodes cannot hold are left
// out, with a warning.
JsonDocument load_document(const ScenarioOptions& options,
                           const std::vector<std::string>& overrides, bool quiet);

// Reads a scenario with its overrides and, if it needs one, the profile of this machine.
Scenario load(const ScenarioOptions& options, const std::vector<std::string>& overrides,
              bool quiet);

}  // namespace rehearse
