#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "api/emulate.h"
#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/vary.h"
#include "base/error.h"
#include "report/emulation_report.h"
#include "report/svg/chart_heading.h"
#include "report/svg/learning_chart.h"
#include "runtime/worlds/core_binding.h"
#include "scenarios/workload_reader.h"

namespace rehearse {
namespace {

struct Options {
  ScenarioOptions scenario;
  OutputOptions output;
  std::vector<std::string> vary;
  std::optional<int> threads;
  std::string svg;
};

struct Case {
  std::vector<std::string> values;
  Scenario scenario;
};

std::vector<Case> load_cases(const Options& options, const std::vector<Variation>& variations) {
  std::vector<Case> cases;
  for (const auto& values : cross_product(variations)) {
    std::vector<std::string> overrides = options.scenario.overrides();
    std::string with;
    for (std::size_t i = 0; i < values.size(); ++i) {
      overrides.push_back(variations[i].key + "=" + values[i]);
      with += (i == 0 ? "" : ", ") + overrides.back();
    }
    try {
      cases.push_back({values, load(options.scenario, overrides, options.output.quiet)});
    } catch (const Error& error) {
      throw with.empty() ? error : error.in_case("with " + with);
    }
    expect_emulable(cases.back().scenario);
  }
  return cases;
}

std::string name_of(const Case& one, const Emulation& emulation) {
  std::string name;
  for (const std::string& value : one.values) name += (name.empty() ? "" : ", ") + value;
  return name.empty() ? emulation.strategy : name;
}

int run(const Options& options) {
  std::vector<Variation> variations;
  for (const std::string& text : options.vary) variations.push_back(parse_variation(text));
  const std::vector<Case> cases = load_cases(options, variations);
  prepare(options.output, {.in_out = {"emulation.json", "emulation.txt", "emulation.svg"},
                           .elsewhere = {{"--svg", options.svg}},
                           .inputs = {options.scenario.file, options.scenario.profile}});
  std::vector<Scenario> scenarios;
  for (const Case& one : cases) scenarios.push_back(one.scenario);
  std::vector<Emulation> emulations;
  {
    Progress bar(options.output);
    EmulateAllOptions how;
    how.threads = options.threads.value_or(usable_cores());
    how.finished = [&](std::size_t done) { bar.show(done, cases.size()); };
    how.waiting = [&](double share) { bar.waiting(share); };
    emulations = emulate_all(scenarios, how);
  }
  std::vector<NamedEmulation> named;
  std::vector<EmulatedRow> rows;
  std::vector<std::vector<std::string>> facts;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const Warning& warning : emulations[i].warnings) {
      warn(options.output, warning.code, warning.what);
    }
    named.push_back({name_of(cases[i], emulations[i]), emulations[i]});
    rows.push_back({cases[i].values, emulations[i]});
    facts.push_back(chart_facts(cases[i].scenario));
  }
  std::vector<std::string> varied;
  for (const Variation& variation : variations) varied.push_back(variation.key);
  const bool single = varied.empty();
  const auto chart = [&] { return learning_chart_svg(named, shared_facts(facts)); };
  deliver(options.output, "emulation",
          single ? emulation_table(emulations.front()) : emulation_table(varied, rows),
          single ? to_json(emulations.front()) : to_json(varied, rows), {{"emulation.svg", chart}});
  deliver_extra(options.output, options.svg, chart);
  return 0;
}

}  // namespace

void add_emulate(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand(
      "emulate", "Train for real on the predicted clock: loss against predicted seconds");
  const auto options = std::make_shared<Options>();
  add_scenario_options(command, options->scenario);
  add_repeatable(command, "--vary", options->vary,
                 "Values to emulate side by side (repeatable: cross product)")
      ->type_name("KEY=V1,V2,…");
  command
      .add_option(
          "--threads", options->threads,
          "Threads that compute gradients; results do not depend on it (default: all cores)")
      ->check(whole_number(1, 1024));
  command.add_option("--svg", options->svg, "Write a chart of the learning curves")
      ->type_name("FILE");
  add_output_options(command, options->output, "emulation.json, emulation.txt and emulation.svg");
  add_examples(command,
               {"rehearse emulate cnn_async --workers 16",
                "rehearse emulate cnn_async --vary training.strategy=sync,async_ps,easgd"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
