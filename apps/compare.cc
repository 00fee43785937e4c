#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <set>

#include "api/compare.h"
#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/vary.h"
#include "base/error.h"
#include "predict/predict.h"
#include "report/comparison.h"
#include "report/prediction_report.h"
#include "report/svg/chart_heading.h"
#include "report/svg/comparison_chart.h"
#include "report/trace.h"

namespace rehearse {
namespace {

constexpr const char* kPriceList = "/prices/infiniband-2013.json";

struct Options {
  ScenarioOptions scenario;
  OutputOptions output;
  int jobs = 1;
  std::vector<std::string> vary;
  std::string prices;  // empty: the price list that ships
  std::string svg, trace;
};

PriceList load_prices(const std::string& path) {
  const JsonDocument file =
      JsonDocument::parse_file(path.empty() ? scenarios_folder() + kPriceList : path);
  return read_price_list(file.root());
}

// "KEY=VALUE, KEY=VALUE"
std::string described(const std::vector<Variation>& variations,
                      const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += (i == 0 ? "" : ", ") + variations[i].key + "=" + values[i];
  }
  return text;
}

// All scenarios are read and checked before the first is simulated.
std::vector<ComparedCase> load_cases(const Options& options,
                                     const std::vector<Variation>& variations) {
  std::vector<ComparedCase> cases;
  for (const auto& values : cross_product(variations)) {
    std::vector<std::string> overrides = options.scenario.overrides();
    for (std::size_t i = 0; i < values.size(); ++i) {
      overrides.push_back(variations[i].key + "=" + values[i]);
    }
    try {
      cases.push_back({values, load(options.scenario, overrides, options.output.quiet)});
      expect_predictable(cases.back().scenario);
    } catch (const Error& error) {
      throw error.in_case("with " + described(variations, values));
    }
  }
  return cases;
}

// Rows often share their warnings: each is said once.
void warn(const OutputOptions& output, const Comparison& comparison) {
  std::set<std::string> said;
  const auto say = [&](const Warning& warning, const std::string& line) {
    if (said.insert(warning.code + line).second) rehearse::warn(output, warning.code, line);
  };
  for (const Warning& warning : comparison.warnings) say(warning, warning.what);
  for (const ComparedRow& row : comparison.rows) {
    for (const Warning& warning : row.prediction.warnings) {
      say(warning, warning_line(warning, row.prediction));
    }
  }
}

int run(const Options& options) {
  std::vector<Variation> variations;
  for (const std::string& text : options.vary) variations.push_back(parse_variation(text));
  const PriceList prices = load_prices(options.prices);
  const std::vector<ComparedCase> cases = load_cases(options, variations);
  prepare(options.output,
          {.in_out = {"comparison.json", "comparison.txt", "comparison.svg"},
           .elsewhere = {{"--svg", options.svg}, {"--trace", options.trace}},
           .inputs = {options.scenario.file, options.scenario.profile, options.prices}});

  std::vector<std::string> varied;
  for (const Variation& variation : variations) varied.push_back(variation.key);
  std::vector<std::vector<TraceSpan>> traces;
  CompareOptions how;
  how.jobs = options.jobs;
  if (!options.trace.empty()) how.traces = &traces;
  how.note = [&](const std::string& text) {
    rehearse::warn(options.output, "long_simulation", text);
  };
  Comparison comparison;
  {
    Progress bar(options.output);
    how.progress = [&](std::size_t done, std::size_t all) { bar.show(done, all); };
    how.waiting = [&](double share) { bar.waiting(share); };
    comparison = compare(varied, cases, prices, how);
  }
  warn(options.output, comparison);
  std::vector<std::vector<std::string>> facts;
  for (const ComparedCase& c : cases) facts.push_back(chart_facts(c.scenario));
  const auto chart = [&] { return comparison_chart_svg(comparison, shared_facts(facts)); };
  deliver(options.output, "comparison", comparison_table(comparison), to_json(comparison),
          {{"comparison.svg", chart}});
  deliver_extra(options.output, options.svg, chart);
  deliver_extra(options.output, options.trace, [&] {
    std::vector<TracedCase> traced;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      traced.push_back({described(variations, cases[i].values), traces[i]});
    }
    return cases_to_chrome_trace(traced);
  });
  return 0;
}

}  // namespace

void add_compare(CLI::App& app, CommandAction& action) {
  CLI::App& command =
      *app.add_subcommand("compare", "Predict a scenario for several values of any key");
  const auto options = std::make_shared<Options>();
  add_scenario_options(command, options->scenario);
  add_repeatable(command, "--vary", options->vary, "Values to compare (repeatable: cross product)")
      ->type_name("KEY=V1,V2,…")
      ->required();
  add_jobs_option(command, options->jobs);
  command
      .add_option("--prices", options->prices,
                  "Price list of switches, cables and NICs (default: that of scenarios/prices)")
      ->type_name("FILE");
  command.add_option("--svg", options->svg, "Write a chart")->type_name("FILE");
  add_trace_option(command, options->trace,
                   "Write the last step of every row's largest point as Chrome trace events");
  add_output_options(command, options->output,
                     "comparison.json, comparison.txt and comparison.svg");
  add_examples(command,
               {"rehearse compare resnet50_piz_daint --vary training.allreduce.algorithm=ring,tree",
                "rehearse compare resnet50_strong --workers 64 --fidelity analytic "
                "--vary cluster.network=infiniband-edr-fat-tree,aries-piz-daint"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
