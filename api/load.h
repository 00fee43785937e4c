// Scenarios as a user gives them: a file or a name, overrides, and this machine's profile where the
// scenario asks for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/calibrate.h"
#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct LoadOptions {
  std::string file;                    // or the name of a shipped scenario
  std::vector<std::string> overrides;  // KEY=VALUE, applied in their order
  std::string profile;                 // of this machine; empty: the cached one
  // Points of the sweep that the cluster cannot hold are left out, where the overrides do not give
  // the sweep; else they are an error.
  bool cut_sweep = false;
  MachineDoor door{};
};

struct LoadedDocument {
  JsonDocument document;            // with its overrides
  std::optional<std::string> note;  // which points were left out
};

// Throws Error::input.
LoadedDocument load_document(const LoadOptions& options);

struct LoadedScenario {
  Scenario scenario;
  std::optional<std::string> note;
};

// Calibrates this machine first where the scenario needs it (local_profile.h). Throws Error::input
// and Error::environment.
LoadedScenario load(const LoadOptions& options);

}  // namespace rehearse
