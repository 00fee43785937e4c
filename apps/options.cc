#include "apps/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

namespace rehearse {

std::vector<std::string> ScenarioOptions::overrides() const {
  std::vector<std::string> all = sets;
  if (fidelity) all.push_back("fidelity=" + *fidelity);
  if (seed) all.push_back("seed=" + std::to_string(*seed));
  return all;
}

CLI::Option* add_repeatable(CLI::App& command, const std::string& names,
                            std::vector<std::string>& values, const std::string& help) {
  return command.add_option(names, values, help)->allow_extra_args(false);
}

void add_scenario_options(CLI::App& command, ScenarioOptions& options) {
  command.add_option("SCENARIO", options.file, "Scenario file")->required();
  add_override_options(command, options,
                       "Profile of this machine for the device 'local' (default: the cached one)");
}

void add_override_options(CLI::App& command, ScenarioOptions& options, const std::string& profile) {
  add_repeatable(command, "--set", options.sets,
                 "Override a scenario key by its dotted path (repeatable)")
      ->type_name("KEY=VALUE");
  command.add_option("--profile", options.profile, profile)->type_name("FILE");
  command.add_option("--fidelity", options.fidelity, "analytic, flow or message")
      ->type_name("LEVEL");
  command.add_option("--seed", options.seed, "Seed of all random numbers")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
}

void add_output_options(CLI::App& command, OutputOptions& options, const std::string& files) {
  command.add_option("--out", options.out, "Also write " + files + " into this folder")
      ->type_name("DIR");
  command.add_flag("--json", options.json, "Print the result as JSON and nothing else");
  command.add_flag("--quiet", options.quiet, "No progress and no warnings on stderr");
}

void add_jobs_option(CLI::App& command, int& jobs) {
  jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  command.add_option("--jobs", jobs, "Points simulated at the same time (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
}

void add_trace_option(CLI::App& command, std::string& file, const std::string& help) {
  command.add_option("--trace", file, help)->type_name("FILE");
}

}  // namespace rehearse
