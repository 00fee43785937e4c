#include "predict/predict.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command.h"
#include "apps/local_profile.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/pilot.h"
#include "report/prediction_report.h"
#include "report/scaling_chart.h"
#include "report/trace.h"

namespace rehearse {
namespace {

struct Options {
  ScenarioOptions scenario;
  OutputOptions output;
  std::vector<std::string> pilot;
  int jobs = 1;
  std::string trace;
};

int run(const Options& options) {
  const Scenario scenario =
      load(options.scenario, options.scenario.overrides(), options.output.quiet);
  prepare(options.output);
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
    prediction = predict(scenario, how);
  }
  warn(options.output, prediction);
  deliver(options.output, "prediction", prediction_table(prediction), to_json(prediction),
          {{"scaling.svg", [&] { return scaling_chart_svg(prediction); }}});
  deliver_extra(options.output, options.trace, [&] { return to_chrome_trace(spans); });
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("predict", "Predict a scenario over its sweep");
  const auto options = std::make_shared<Options>();
  add_scenario_options(command, options->scenario);
  add_pilot_option(command, options->pilot);
  add_jobs_option(command, options->jobs);
  add_output_options(command, options->output, "prediction.json, prediction.txt and scaling.svg");
  add_trace_option(command, options->trace,
                   "Write the last step of the largest point as Chrome trace events");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
