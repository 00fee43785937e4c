#include "predict/plan.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>

#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/pilot.h"
#include "apps/word_list.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "predict/open_layouts.h"
#include "report/plan_report.h"
#include "report/trace.h"
#include "scenarios/workload_reader.h"

namespace rehearse {
namespace {

struct Options {
  ScenarioOptions scenario;
  OutputOptions output;
  std::vector<std::string> pilot;
  int jobs = 1;
  std::string trace;
  std::optional<std::string> deadline;
  std::optional<std::string> budget;
  std::optional<std::int64_t> epochs, samples, tokens;
  bool target = false;
};

// "500", "500 node-hours"
double node_hours(const std::string& text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit = without_blanks_around({end, text.data() + text.size()});
  std::replace_if(
      unit.begin(), unit.end(), [](char c) { return c == '_' || c == ' '; }, '-');
  static const std::array<std::string, 6> kUnits{"",       "node-hours", "node-hour",
                                                 "node-h", "nodeh",      "nh"};
  const bool known = std::find(kUnits.begin(), kUnits.end(), unit) != kUnits.end();
  if (status == std::errc() && known && std::isfinite(value) && value > 0) return value;
  throw Error::input("--budget '" + text + "' is no number of node-hours", "",
                     "write for example --budget 500, or \"500 node-hours\"");
}

PlanOptions read(const Options& options, const Scenario& scenario) {
  PlanOptions result;
  if (options.deadline) {
    try {
      result.deadline_s = parse_duration(*options.deadline).value();
    } catch (const Error& error) {
      throw Error::input(std::string("--deadline: ") + error.what());
    }
  }
  for (const auto& [name, count] :
       {std::pair{"--epochs", options.epochs}, std::pair{"--samples", options.samples},
        std::pair{"--tokens", options.tokens}}) {
    if (count && *count <= 0) {
      throw Error::input(std::string(name) + " is not positive", "", "give for example 90");
    }
  }
  if (options.budget) result.budget_node_hours = node_hours(*options.budget);
  const int lengths = (options.epochs ? 1 : 0) + (options.samples ? 1 : 0) +
                      (options.tokens ? 1 : 0) + (options.target ? 1 : 0);
  if (lengths != 1) {
    const std::string all = "--epochs, --samples, --tokens and --target";
    throw Error::input(
        lengths == 0 ? "how much to train is not said" : "more than one of " + all + " is given",
        "", "give one of " + all);
  }
  result.to_target = options.target;
  if (options.target && !(scenario.convergence && scenario.convergence->known())) {
    throw Error::input(
        "--target: the scenario does not say how many samples its target takes",
        "it has no 'convergence'",
        "give the key convergence (rehearse calibrate convergence makes one of runs)")
        .at(scenario.file, "/convergence");
  }
  result.tokens = options.tokens.value_or(0);
  if (options.tokens && scenario.model->tokens_per_sample() == 0) {
    throw Error::input("--tokens: the model '" + scenario.model->name() + "' reads no tokens",
                       "it is no language model", "use --samples or --epochs")
        .at(scenario.file, "/model");
  }
  result.samples = options.samples.value_or(scenario.samples);
  result.epochs = options.epochs.value_or(1);
  constexpr std::int64_t kMost = 1'000'000'000'000'000'000;  // samples
  if (result.epochs > kMost / result.samples) {
    throw Error::input(std::string(options.epochs ? "--epochs" : "--samples") + " is too large",
                       "more than 10^18 samples", "give less");
  }
  return result;
}

int run(const Options& options) {
  const Scenario scenario =
      load(options.scenario, options.scenario.overrides(), options.output.quiet);
  expect_model(scenario, "plan");
  const PlanOptions asked = read(options, scenario);
  FilePlan files{.in_out = {"plan.json", "plan.txt"},
                 .elsewhere = {{"--trace", options.trace}},
                 .inputs = options.pilot};
  files.inputs.insert(files.inputs.end(), {options.scenario.file, options.scenario.profile});
  prepare(options.output, files);
  const std::optional<PilotKnowledge> pilot = learn_pilot(options.pilot, scenario, options.jobs);
  std::vector<TraceSpan> spans;
  Prediction prediction;
  {
    Progress bar(options.output);
    PredictOptions how;
    how.jobs = options.jobs;
    if (pilot) how.pilot = &*pilot;
    if (!options.trace.empty()) how.trace = &spans;
    how.progress = [&](std::size_t done, std::size_t all) { bar.show(done, all); };
    how.waiting = [&](double share) { bar.waiting(share); };
    how.note = [&](const std::string& text) { warn(options.output, "long_simulation", text); };
    prediction = predict_best_layouts(scenario, how);
  }
  const Plan result = plan(prediction, asked);
  warn(options.output, prediction);
  deliver(options.output, "plan", plan_table(prediction, asked, result),
          to_json(prediction, asked, result));
  deliver_extra(options.output, options.trace, [&] { return to_chrome_trace(spans); });
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("plan", "Which allocation to ask for");
  const auto options = std::make_shared<Options>();
  add_scenario_options(command, options->scenario);
  add_pilot_option(command, options->pilot);
  command.add_option("--deadline", options->deadline, "Longest time, for example \"3 h\"")
      ->type_name("T");
  command.add_option("--budget", options->budget, "Most node-hours")->type_name("NODE_HOURS");
  command.add_option("--epochs", options->epochs, "Epochs to train")->type_name("N");
  command.add_option("--samples", options->samples, "Samples to train, instead of --epochs")
      ->type_name("N");
  command.add_option("--tokens", options->tokens, "Tokens to train a language model on, instead")
      ->type_name("N");
  command.add_flag("--target", options->target,
                   "Train until the scenario's convergence.target, instead of --epochs");
  add_jobs_option(command, options->jobs);
  add_trace_option(command, options->trace,
                   "Write the last step of the largest point as Chrome trace events");
  add_output_options(command, options->output, "plan.json and plan.txt");
  add_examples(command, {"rehearse plan resnet50_piz_daint --epochs 90 --deadline \"3 h\" "
                         "--budget 1500",
                         "rehearse plan resnet50_strong --epochs 90 --budget \"400 node-hours\" "
                         "--fidelity analytic"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
