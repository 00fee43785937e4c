#include "scenarios/check.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/check_report.h"
#include "apps/command.h"
#include "apps/options.h"
#include "apps/output.h"
#include "base/error.h"
#include "predict/predict.h"
#include "scenarios/find_scenario.h"
#include "scenarios/uncalibrated_scenario.h"
#include "validate/measurements.h"

namespace rehearse {
namespace {

struct Options {
  std::vector<std::string> files;
  OutputOptions output;
};

// The records themselves and the scenarios that they name or hold.
void check_measurements(const std::string& file) {
  for (const Measurement& record : read_measurements({file}).records) {
    (void)load_uncalibrated(document_of(record, {record.workers}));
  }
}

// What predict refuses before it simulates. Of the device "local" only its profile tells, and an
// open layout is for a search to find.
void check_scenario(const std::string& path) {
  const Scenario scenario = load_uncalibrated(path, {});
  if (!scenario.local && !scenario.is_open()) expect_predictable(scenario);
}

CheckedFile check_one(const std::string& file) {
  CheckedFile result{file, find_scenario(file), "", ""};
  try {
    result.kind = check_file(result.path);
    if (result.kind == "scenario") check_scenario(result.path);
    if (result.kind == "measurements") check_measurements(result.path);
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::environment) throw;
    result.trouble = error.what();
  }
  return result;
}

int run(const Options& options) {
  prepare(options.output, {.in_out = {"check.json", "check.txt"}, .inputs = options.files});
  // Slips of the command line are told before anything is checked.
  for (const std::string& file : options.files) {
    if (!names_scenario(file)) (void)open_scenario(file);
  }
  std::vector<CheckedFile> checked;
  bool good = true;
  for (const std::string& file : options.files) {
    checked.push_back(check_one(file));
    if (checked.back().trouble.empty()) continue;
    good = false;
  }
  deliver(options.output, "check", check_table(checked), to_json(checked));
  return good ? 0 : 1;
}

}  // namespace

void add_check(CLI::App& app, CommandAction& action) {
  CLI::App& command =
      *app.add_subcommand("check", "Validate scenarios, profiles, networks and measurements");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->files, "Files to check")->required();
  add_output_options(command, options->output, "check.json and check.txt");
  add_examples(command, {"rehearse check my_scenario.json my_network.json",
                         "rehearse check resnet50_strong --json"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
