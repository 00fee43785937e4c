#include "predict/predict.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/pilot.h"
#include "report/prediction_report.h"
#include "report/svg/chart_heading.h"
#include "report/svg/scaling_chart.h"
#include "report/trace.h"

namespace rehearse {
namespace {

struct Options {
  ScenarioOptions scenario;
  OutputOptions output;
  std::vector<std::string> pilot;
  int jobs = 1;
  std::string trace, svg, csv;
};

FilePlan plan_files(const Options& options) {
  FilePlan plan{
      .in_out = {"prediction.json", "prediction.txt", "scaling.svg"},
      .elsewhere = {{"--trace", options.trace}, {"--svg", options.svg}, {"--csv", options.csv}},
      .inputs = options.pilot};
  plan.inputs.insert(plan.inputs.end(), {options.scenario.file, options.scenario.profile});
  return plan;
}

int run(const Options& options) {
  const Scenario scenario =
      load(options.scenario, options.scenario.overrides(), options.output.quiet);
  prepare(options.output, plan_files(options));
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
          {{"scaling.svg", [&] { return scaling_chart_svg(prediction, chart_facts(scenario)); }}});
  deliver_extra(options.output, options.svg,
                [&] { return scaling_chart_svg(prediction, chart_facts(scenario)); });
  deliver_extra(options.output, options.csv, [&] { return prediction_csv(prediction); });
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
  command.add_option("--svg", options->svg, "Write the scaling chart")->type_name("FILE");
  command.add_option("--csv", options->csv, "Write a row per point")->type_name("FILE");
  add_examples(command, {"rehearse predict resnet50_piz_daint --workers 1,64,512",
                         "rehearse predict resnet50_strong --fidelity analytic --svg scaling.svg"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
