#include "validate/validate.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>

#include "api/local_profile.h"
#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "base/numbers.h"
#include "base/text_file.h"
#include "calibrate/importers/benchmark_log.h"
#include "calibrate/importers/nccl_json.h"
#include "report/validation_report.h"

namespace rehearse {
namespace {

struct Options {
  std::vector<std::string> files;
  ScenarioOptions scenario;  // of the records: its own file stays empty
  OutputOptions output;
  int jobs = 1;
  std::optional<std::string> max_error;
  std::vector<std::string> families;
};

// "0.1" or "10%"
double parse_share(const std::string& text) {
  const std::string number = text.substr(0, text.find_last_not_of("% ") + 1);
  double value = 0;
  const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool whole = status == std::errc() && end == number.data() + number.size();
  if (!whole || !std::isfinite(value) || value < 0) {
    throw Error::input("--max-error '" + text + "' is not a share", "", "write 0.1 or 10%");
  }
  return text.ends_with('%') ? value / 100 : value;
}

// The folder of a run stands for its record.
std::string record_of(const std::string& file) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(file, unknown)) return file;
  const std::filesystem::path record = std::filesystem::path(file) / "run.json";
  if (std::filesystem::exists(record, unknown)) return record.string();
  throw Error::input("the folder '" + file + "' holds no run.json", "train writes it into --out",
                     "give the folder of a run, or a file");
}

// What is no JSON may be a log of a benchmark, which needs a machine to be compared with.
void refuse_log(const std::string& file) {
  if (std::filesystem::is_directory(file)) return;
  const std::string text = read_text_file(file);
  if (looks_like_json(text) && !is_nccl_json(JsonDocument::parse_text(text, file))) return;
  const std::vector<BenchmarkTable> tables = read_benchmarks(text, file);
  const auto collective = std::find_if(
      tables.begin(), tables.end(),
      [](const BenchmarkTable& table) { return table.kind == BenchmarkTable::Kind::collective; });
  if (collective == tables.end()) {
    throw Error::input("a log of single messages has no prediction of its own", "",
                       "make a stack of it: rehearse calibrate --import " + file +
                           " -o stack.json; predict with --set cluster.network.stack=stack.json")
        .at(file, tables.front().place);
  }
  const auto told = [](const char* option, const std::optional<int>& value, const char* else_what) {
    return std::string(" ") + option + " " + (value ? std::to_string(*value) : else_what);
  };
  throw Error::input(
      "a log of a collective does not tell on which network it ran", "",
      "compare it with rehearse collective --network NAME --op " +
          (collective->operation ? to_text(*collective->operation) : "OPERATION") +
          told("--ranks", collective->ranks, "RANKS") +
          told("--ranks-per-node", collective->ranks_per_node, "RANKS") + " --against " + file +
          "; NAME is a preset of rehearse list networks, a network file or a scenario")
      .at(file, collective->place);
}

int run(const Options& options) {
  const double limit =
      options.max_error ? parse_share(*options.max_error) : std::numeric_limits<double>::infinity();
  std::vector<std::string> files;
  for (const std::string& file : options.files) files.push_back(record_of(file));
  FilePlan plan{.in_out = {"validation.json", "validation.txt"}, .inputs = files};
  plan.inputs.push_back(options.scenario.profile);
  for (const std::string& file : files) refuse_log(file);
  prepare(options.output, plan);
  Validation validation;
  {
    Progress bar(options.output);
    ValidateOptions how;
    how.jobs = options.jobs;
    how.progress = [&](std::size_t done, std::size_t all) { bar.show(done, all); };
    how.local = read_local_profile(options.scenario.profile);
    how.known = [&](const JsonDocument& scenario) {
      return local_profile(scenario, "", machine_door(options.output.quiet));
    };
    how.overrides = options.scenario.overrides();
    how.families = options.families;
    validation = validate(files, how);
  }
  for (const UnmappedRecord& record : validation.unmapped) {
    warn(options.output, "unmapped", record.id + ": " + record.why);
  }
  deliver(options.output, "validation", validation_table(validation), to_json(validation));
  if (!options.max_error) return 0;
  const bool judged = std::any_of(validation.records.begin(), validation.records.end(),
                                  [](const ValidatedRecord& record) { return record.judged(); });
  if (!judged) {
    throw Error::check_failed("no record could be compared", "--max-error needs at least one");
  }
  if (validation.mean_error > limit) {
    throw Error::check_failed("the mean error is " + percent(validation.mean_error),
                              "--max-error allows " + percent(limit));
  }
  return 0;
}

}  // namespace

void add_validate(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("validate", "Predicted against measured");
  const auto options = std::make_shared<Options>();
  command
      .add_option("RUN_OR_MEASUREMENTS", options->files,
                  "Records of runs or the folders of their --out, or files of measurements")
      ->required();
  command
      .add_option("--max-error", options->max_error,
                  "Exit with status 1 if the mean error is larger, for example 0.1 or 10%")
      ->type_name("SHARE");
  command
      .add_option("--family", options->families,
                  "Only measurements of this family; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  add_override_options(command, options->scenario,
                       "Profile of this machine for runs (default: the one in their record)");
  add_jobs_option(command, options->jobs);
  add_output_options(command, options->output, "validation.json and validation.txt");
  add_examples(command, {"rehearse validate run/run.json",
                         "rehearse validate measurements.json --max-error 20% --json"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
