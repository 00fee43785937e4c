// Options that several commands share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rehearse {

struct ScenarioOptions {
  std::string file;
  std::vector<std::string> sets;  // KEY=VALUE
  std::string profile;            // of this machine; empty: the cached one
  std::optional<std::string> fidelity;
  std::optional<std::uint64_t> seed;

  // All of them as KEY=VALUE; --fidelity and --seed win over --set.
  [[nodiscard]] std::vector<std::string> overrides() const;
};

struct OutputOptions {
  std::string out;  // folder for the files; empty: none
  bool json = false;
  bool quiet = false;
};

void add_scenario_options(CLI::App& command, ScenarioOptions& options);  // with SCENARIO
// --set, --profile, --fidelity and --seed, for scenarios that other files name.
void add_override_options(CLI::App& command, ScenarioOptions& options, const std::string& profile);
void add_output_options(CLI::App& command, OutputOptions& options, const std::string& files);
void add_jobs_option(CLI::App& command, int& jobs);
void add_trace_option(CLI::App& command, std::string& file, const std::string& help);

// A repeatable option that takes one value each time.
CLI::Option* add_repeatable(CLI::App& command, const std::string& names,
                            std::vector<std::string>& values, const std::string& help);

}  // namespace rehearse
