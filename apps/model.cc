#include "kernels/model.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "apps/command.h"
#include "apps/options.h"
#include "apps/output.h"
#include "base/error.h"
#include "kernels/layer_table.h"
#include "kernels/zoo.h"
#include "report/model_report.h"
#include "scenarios/unmeasured.h"
#include "scenarios/workload_reader.h"

namespace rehearse {
namespace {

struct Options {
  std::string what;
  std::vector<std::string> sets;
  OutputOptions output;
};

void show(const Model& model, Precision precision, const Options& options) {
  prepare(options.output);
  const std::vector<LayerRow> rows = layer_table(model, precision);
  deliver(options.output, "model", model_table(model, precision, rows),
          to_json(model, precision, rows));
}

int run(const Options& options) {
  const std::vector<std::string> zoo = zoo_names();
  const bool is_file = options.what.find_first_of("/.") != std::string::npos ||
                       std::filesystem::is_regular_file(options.what);
  if (is_file && std::find(zoo.begin(), zoo.end(), options.what) == zoo.end()) {
    const Scenario scenario = load_unmeasured(options.what, options.sets);
    expect_model(scenario, "model");
    show(*scenario.model, scenario.precision, options);
    return 0;
  }
  if (!options.sets.empty()) {
    throw Error::input("--set does not apply to a network of the zoo", "it overrides scenario keys",
                       "give a scenario file");
  }
  show(zoo_model(options.what), Precision::fp32, options);
  return 0;
}

}  // namespace

void add_model(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("model", "The layer table of a model");
  const auto options = std::make_shared<Options>();
  command
      .add_option("SCENARIO_OR_ZOO_NAME", options->what, "Scenario file, or a name like resnet50")
      ->required();
  add_repeatable(command, "--set", options->sets,
                 "Override a scenario key by its dotted path (repeatable)")
      ->type_name("KEY=VALUE");
  add_output_options(command, options->output, "model.json and model.txt");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
