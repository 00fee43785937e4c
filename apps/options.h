// Options that several commands share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace rehearse {

struct ScenarioOptions {
  std::string file;
  std::vector<std::string> sets;  // KEY=VALUE
  std::string profile;            // of this machine; empty: the cached one
  std::optional<std::string> fidelity;
  std::optional<std::uint64_t> seed;
  // Short forms of the commonest keys.
  std::optional<std::int64_t> nodes;
  std::optional<std::string> workers, batch, algorithm, device, network, model, precision, strategy;

  // All of them as KEY=VALUE; the short forms win over --set. Throws Error::input for one that
  // cannot be read, and for a model that there is not.
  [[nodiscard]] std::vector<std::string> overrides() const;
};

// A path on the command line starts from the folder one is in, a path in a scenario from the
// scenario's: a word that names a file becomes absolute.
std::string word_or_path(const std::string& word);

// "64" and "per_worker=64" give 64. Throws Error::input, also for a global batch.
std::int64_t single_batch(const std::string& text);

struct OutputOptions {
  std::string out;  // folder for the files; empty: none
  bool json = false;
  bool quiet = false;
};

// SCENARIO, --set, --profile and all short forms.
void add_scenario_options(CLI::App& command, ScenarioOptions& options);
// --set, --profile, --fidelity and --seed, for scenarios that other files name.
void add_override_options(CLI::App& command, ScenarioOptions& options, const std::string& profile);
void add_set_option(CLI::App& command, ScenarioOptions& options);
void add_batch_option(CLI::App& command, ScenarioOptions& options);
void add_precision_option(CLI::App& command, ScenarioOptions& options);
void add_output_options(CLI::App& command, OutputOptions& options, const std::string& files);
void add_jobs_option(CLI::App& command, int& jobs);
void add_trace_option(CLI::App& command, std::string& file, const std::string& help);

// A repeatable option that takes one value each time.
CLI::Option* add_repeatable(CLI::App& command, const std::string& names,
                            std::vector<std::string>& values, const std::string& help);

// A whole number of at least `least`, up to `most`.
CLI::Validator whole_number(std::int64_t least, std::optional<std::int64_t> most = {});
// A number above zero.
CLI::Validator positive_number();

// The end of --help. Tests parse every example, so that it stays true.
void add_examples(CLI::App& command, const std::vector<std::string>& lines);

}  // namespace rehearse
