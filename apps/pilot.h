// --pilot: the user's own throughput at small scale.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "predict/pilot_knowledge.h"
#include "scenarios/scenario.h"

namespace CLI {
class App;
}  // namespace CLI

namespace rehearse {

void add_pilot_option(CLI::App& command, std::vector<std::string>& files);

// Empty without files. Throws Error::input for a file that is no pilot of the scenario.
std::optional<PilotKnowledge> learn_pilot(const std::vector<std::string>& files,
                                          const Scenario& scenario, int jobs);

}  // namespace rehearse
