#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>

#include "api/calibrate.h"
#include "apps/command.h"
#include "apps/fit_curves.h"
#include "apps/fit_logs.h"
#include "apps/gpu_calibration.h"
#include "apps/gpu_collective_log.h"
#include "apps/kernel_import.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "base/stats.h"
#include "base/text_file.h"
#include "calibrate/importers/imported_stack.h"
#include "calibrate/machine/stack_file.h"
#include "predict/local_scenario.h"
#include "scenarios/find_scenario.h"
#include "scenarios/override.h"
#include "scenarios/uncalibrated_scenario.h"
#include "scenarios/workload_reader.h"

namespace rehearse {
namespace {

struct Options {
  std::string what = "all";
  std::string profile;
  std::vector<std::string> scenarios;
  std::vector<std::string> sets;
  std::optional<int> devices;
  std::string budget = "60 s";
  std::optional<std::string> format;
  std::vector<std::string> import;
  bool inside_node = false;
  bool fit = false;
  FitLogs fit_logs;
  FitCurves fit_curves;
  std::string base;
  bool quiet = false;
};

// The scenarios as they would run here, all with the same devices per node.
std::vector<Scenario> load_jobs(const Options& options, int& devices) {
  std::vector<Scenario> jobs;
  for (const std::string& file : options.scenarios) {
    JsonDocument document = open_scenario(file);
    for (const std::string& assignment : options.sets) override_key(document, assignment);
    if (!is_local(document)) move_here(document, options.devices.value_or(1));
    if (options.devices) {
      document.set("cluster.node.devices=" + std::to_string(*options.devices));
    }
    expect_model(document, "calibrate");
    jobs.push_back(load_uncalibrated(document));
    if (devices != 0 && jobs.back().node.devices != devices) {
      throw Error::input("the scenarios divide a node differently", "",
                         "say which with --devices, or calibrate one by one");
    }
    devices = jobs.back().node.devices;
  }
  return jobs;
}

// Of the formulas, over the rows of a table.
std::string errors_text(const std::vector<double>& errors) {
  std::vector<double> sizes;
  for (const double error : errors) sizes.push_back(std::abs(error));
  return "median " + significant(100 * quantile(sizes, 0.5), 2) + " %, worst " +
         significant(100 * *std::max_element(sizes.begin(), sizes.end()), 2) + " %";
}

int run_fit(const Options& options) {
  FitLogs what = options.fit_logs;
  what.logs = options.import;
  what.name = std::filesystem::path(options.profile).stem().string();
  const LibraryFit fit = fit_logs(what);
  write_file(options.profile, stack_file(fit.stack));
  if (options.quiet) return 0;
  if (!what.network) {
    std::cerr
        << "warning [assumed_network]: --network is not given: one NIC per device is assumed, "
           "and the stack's rates hold for such nodes only\n";
  }
  for (const FittedFactor& one : fit.factors) {
    std::cout << one.key << ": " << significant(one.factor, 3) << " of the start, to "
              << significant(100 * one.relative_error, 2) << " %\n";
  }
  for (const TableErrors& one : fit.tables) {
    std::cout << one.name << ": " << errors_text(one.before) << " before, "
              << errors_text(one.after) << " after\n";
  }
  return 0;
}

int run_kernels(const Options& options) {
  if (options.import.size() > 1) {
    throw Error::input("'" + options.import[1] + "' is a file too many",
                       "a device is made of one kernel table", "join the tables");
  }
  return import_kernels({.table = options.import.front(),
                         .device = options.fit_logs.device,
                         .base = options.base,
                         .output = options.profile,
                         .quiet = options.quiet});
}

int run_import(const Options& options) {
  if (options.fit) return run_fit(options);
  std::vector<BenchmarkText> logs;
  for (const std::string& file : options.import) logs.push_back({file, read_text_file(file)});
  if (is_kernel_table(logs.front().text)) return run_kernels(options);
  const std::string name = std::filesystem::path(options.profile).stem().string();
  const ImportedStack imported = import_stack(logs, {name, options.inside_node});
  write_file(options.profile, stack_file(imported.stack));
  if (options.quiet) return 0;
  for (const ImportWarning& warning : imported.warnings) {
    std::cerr << "warning [" << warning.code << "]: " << warning.what << "\n";
  }
  return 0;
}

// What is read besides the profile itself, which may be completed.
void expect_own_profile(const Options& options) {
  FilePlan files{
      .in_out = {}, .elsewhere = {{"--output", options.profile}}, .inputs = options.import};
  files.inputs.insert(files.inputs.end(), options.fit_curves.runs.begin(),
                      options.fit_curves.runs.end());
  files.inputs.insert(files.inputs.end(), options.scenarios.begin(), options.scenarios.end());
  files.inputs.push_back(options.fit_logs.network.value_or(""));
  files.inputs.push_back(options.fit_logs.stack.value_or(""));
  expect_apart("", files);
}

int run_convergence(const Options& options) {
  FitCurves what = options.fit_curves;
  what.output = options.profile;
  what.quiet = options.quiet;
  return fit_curves(what);
}

void expect_usage(const Options& options) {
  const bool convergence = options.what == "convergence";
  if (options.profile.empty() && !convergence) {
    throw Error::input("--output is required", "", "write calibrate -o machine.json");
  }
  if (!convergence && !options.fit_curves.runs.empty()) {
    throw Error::input("'" + options.fit_curves.runs.front() + "' is a word too many",
                       "runs are for calibrate convergence", "leave it out");
  }
  const bool measures_gpu = options.fit_logs.device && options.import.empty() && !convergence;
  if (convergence && options.fit_logs.device) {
    throw Error::input("--device does not go with calibrate convergence", "", "leave it out");
  }
  if (options.format && (!measures_gpu || options.what == "collectives")) {
    throw Error::input("--format does not go with these options",
                       "it chooses what the kernels of a GPU are written as",
                       "leave it out, or say calibrate kernels --device cuda");
  }
}

// "cuda" is the first GPU, "cuda:2" the third.
int gpu_of(const std::string& word) {
  constexpr std::string_view kWord = "cuda";
  if (word == kWord) return 0;
  const std::string number = word.starts_with("cuda:") ? word.substr(kWord.size() + 1) : "";
  constexpr std::size_t kDigits = 3;
  if (!number.empty() && number.size() <= kDigits &&
      number.find_first_not_of("0123456789") == std::string::npos) {
    return std::stoi(number);
  }
  throw Error::input("calibrate cannot measure the device '" + word + "'",
                     "it measures the cores of this machine, or a GPU: cuda, cuda:1, …",
                     "leave --device out, or say --device cuda");
}

int run_gpu(const Options& options) {
  if (!options.scenarios.empty() || options.devices) {
    throw Error::input(std::string(options.devices ? "--devices" : "--scenario") +
                           " does not go with --device cuda",
                       "a GPU is measured by a grid of kernels", "leave it out");
  }
  if (options.what == "noise") {
    throw Error::input("calibrate noise does not measure GPUs",
                       "their noise is measured with the kernels", "say calibrate kernels");
  }
  const int gpu = gpu_of(*options.fit_logs.device);
  if (options.what == "collectives") {
    return log_gpu_collectives({.output = options.profile,
                                .budget = parse_duration(options.budget),
                                .quiet = options.quiet});
  }
  GpuCalibration what;
  what.gpu = gpu;
  what.budget = parse_duration(options.budget);
  what.quiet = options.quiet;
  (options.format == "csv" ? what.table : what.profile) = options.profile;
  return calibrate_gpu(what);
}

int run(const Options& options) {
  expect_usage(options);
  expect_own_profile(options);
  if (options.what == "convergence") return run_convergence(options);
  if (!options.import.empty()) return run_import(options);
  if (options.fit_logs.device) return run_gpu(options);
  CalibrateOptions what;
  what.kernels = options.what == "kernels" || options.what == "all";
  what.collectives = options.what == "collectives" || options.what == "all";
  what.noise = options.what == "noise" || options.what == "all";
  what.budget = parse_duration(options.budget);
  int devices = 0;
  what.scenarios = load_jobs(options, devices);
  what.devices = options.devices.value_or(devices > 0 ? devices : 1);
  calibrate(what, options.profile, machine_door(options.quiet));
  return 0;
}

}  // namespace

void add_calibrate(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("calibrate", "Measure this machine");
  const auto options = std::make_shared<Options>();
  command
      .add_option("WHAT", options->what,
                  "kernels, collectives, noise, all, or convergence: a fit to learning curves")
      ->check(CLI::IsMember({"kernels", "collectives", "noise", "all", "convergence"}));
  command
      .add_option("RUN", options->fit_curves.runs,
                  "convergence: run records with evaluations, or results of emulations")
      ->type_name("FILE");
  command
      .add_option("-o,--output", options->profile,
                  "The profile to write or complete, or the convergence to write")
      ->type_name("FILE");
  command
      .add_option("--target", options->fit_curves.target,
                  "convergence: what the runs should reach, test_accuracy=0.9 or loss=0.3")
      ->type_name("METRIC=VALUE");
  add_repeatable(command, "--scenario", options->scenarios,
                 "Measure the layers of this job (repeatable)")
      ->type_name("FILE");
  add_repeatable(command, "--set", options->sets, "Override a scenario key (repeatable)")
      ->type_name("KEY=VALUE");
  command
      .add_option("--devices", options->devices,
                  "Devices that share the cores (default: the scenario's)")
      ->type_name("N")
      ->check(whole_number(1, 1024));
  command.add_option("--budget", options->budget, "How long it may take (default 60 s)")
      ->type_name("TIME");
  CLI::Option* import =
      command
          .add_option("--import", options->import,
                      "Instead of measuring, make a stack of what osu_latency (with osu_bw or "
                      "osu_bibw), IMB's PingPong or sendrecv_perf printed, or with --fit of logs "
                      "of collectives (repeatable); or make a device of a table of measured "
                      "kernels (CSV)")
          ->type_name("LOG");
  command.add_flag("--inside-node", options->inside_node, "The ranks of --import shared a node")
      ->needs(import);
  CLI::Option* fit = command
                         .add_flag("--fit", options->fit,
                                   "Fit a stack to logs of nccl-tests, rccl-tests or OSU's "
                                   "collectives, or to published tables (FILE.json#ID)")
                         ->needs(import);
  const auto of_fit = [&](const char* name, auto& value, const char* help, const char* type) {
    command.add_option(name, value, help)->type_name(type)->needs(fit);
  };
  FitLogs& logs = options->fit_logs;
  of_fit("--network", logs.network, "Where the logs ran: a preset, network file or scenario",
         "NAME");
  of_fit("--stack", logs.stack, "The stack to begin with; default: the network's", "NAME");
  command
      .add_option("--device", logs.device,
                  "cuda or cuda:N: measure this GPU instead of the cores; with --import the device "
                  "of a preset's nodes, or of which rows of a kernel table")
      ->type_name("NAME");
  command
      .add_option("--format", options->format,
                  "--device cuda: json, a device profile (default), or csv, the kernel table")
      ->check(CLI::IsMember({"json", "csv"}));
  command
      .add_option("--base", options->base,
                  "Kernel table: the profile that has the data sheet (default: --device)")
      ->type_name("NAME")
      ->needs(import);
  of_fit("--ranks", logs.ranks, "Ranks of logs that do not tell", "N");
  of_fit("--ranks-per-node", logs.ranks_per_node, "Of logs that do not tell", "N");
  command.add_flag("--quiet", options->quiet, "No progress on stderr");
  add_examples(command, {"rehearse calibrate -o machine.json --budget \"30 s\"",
                         "rehearse calibrate --device cuda kernels --format csv -o kernels.csv",
                         "rehearse calibrate --import osu_latency.txt osu_bibw.txt -o stack.json",
                         "rehearse calibrate --import kernels.csv --device t4 -o my_t4.json",
                         "rehearse calibrate convergence batch_64/run.json batch_512/run.json "
                         "--target test_accuracy=0.9 -o convergence.json"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
