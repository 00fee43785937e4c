#include "apps/pilot.h"

#include <CLI/CLI.hpp>

#include "calibrate/fits/pilot_fit.h"
#include "scenarios/workload_reader.h"
#include "validate/pilot_records.h"

namespace rehearse {

void add_pilot_option(CLI::App& command, std::vector<std::string>& files) {
  command
      .add_option("--pilot", files,
                  "Own runs of this job on a few nodes (records of runs or measurements)")
      ->type_name("FILE");
}

std::optional<PilotKnowledge> learn_pilot(const std::vector<std::string>& files,
                                          const Scenario& scenario, int jobs) {
  if (files.empty()) return std::nullopt;
  expect_model(scenario, "--pilot");
  PilotOptions options;
  options.jobs = jobs;
  return learn(scenario, read_pilot(files, scenario), options);
}

}  // namespace rehearse
