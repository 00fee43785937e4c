#include "train/convert.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "base/error.h"
#include "base/text_file.h"
#include "predict/local_scenario.h"
#include "scenarios/uncalibrated_scenario.h"
#include "train/train.h"

namespace rehearse {
namespace {

constexpr int kMostWays = 4096;

struct Options {
  std::string from, to;
  std::optional<int> tensor, pipeline;
  ScenarioOptions scenario;
  bool quiet = false;
};

int run(const Options& options) {
  const std::string folder = checkpoint_folder_of(options.from);
  const int ranks = ranks_of_checkpoints(folder);
  ScenarioOptions of_job;
  of_job.file = (std::filesystem::path(folder) / kJobFile).string();
  const Scenario from = load_uncalibrated(load_document(of_job, {}, true));
  const Layout before = from.layout_at(ranks);

  std::vector<std::string> overrides = options.scenario.overrides();
  const int tensor = options.tensor.value_or(before.tensor);
  const int pipeline = options.pipeline.value_or(before.pipeline);
  overrides.push_back("training.parallelism.tensor=" + std::to_string(tensor));
  overrides.push_back("training.parallelism.pipeline=" + std::to_string(pipeline));
  JsonDocument document = load_document(of_job, overrides, true);
  const int new_ranks = before.data * before.context * tensor * pipeline;
  move_here(document, new_ranks);
  const Scenario to = load_uncalibrated(document);

  const std::string target = (std::filesystem::path(options.to) / "checkpoints").string();
  const std::int64_t step =
      convert({&from, ranks, folder}, {.scenario = &to, .ranks = new_ranks, .folder = target});
  write_text_file((std::filesystem::path(target) / kJobFile).string(), text_of(document));
  if (options.quiet) return 0;
  std::cout << "checkpoint of step " << step << " of " << ranks << (ranks == 1 ? " rank" : " ranks")
            << " laid out for " << new_ranks << " in " << target << "\n"
            << "go on with: rehearse train " << target << "/" << kJobFile << " --ranks "
            << new_ranks << " --resume --out " << options.to << "\n";
  return 0;
}

}  // namespace

void add_convert(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("convert", "Lay a checkpoint out for other ranks");
  const auto options = std::make_shared<Options>();
  command.add_option("CHECKPOINT", options->from, "Folder of a run, or of its checkpoints")
      ->required();
  command
      .add_option("--tensor", options->tensor,
                  "Ranks that share each layer; default those of the run")
      ->type_name("N")
      ->check(whole_number(1, kMostWays));
  command
      .add_option("--pipeline", options->pipeline,
                  "Stages of the pipeline; default those of the run")
      ->type_name("N")
      ->check(whole_number(1, kMostWays));
  command.add_option("-o,--out", options->to, "Folder of the run that goes on")->required();
  add_set_option(command, options->scenario);
  command.add_flag("--quiet", options->quiet, "Print nothing");
  add_examples(command, {"rehearse convert run --tensor 2 --pipeline 1 -o run_tensor"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
