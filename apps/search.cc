#include "predict/search_machines.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/machine_words.h"
#include "apps/options.h"
#include "apps/output.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "report/search_report.h"
#include "report/svg/chart_heading.h"
#include "scenarios/open_layout.h"
#include "scenarios/workload_reader.h"

namespace rehearse {
namespace {

struct Options {
  ScenarioOptions scenario;
  OutputOptions output;
  int jobs = 1;
  int top = 10;
  std::string objective = "step_time";
  std::vector<std::string> fix, machines;
  std::string prices;  // empty: the list that ships
  std::optional<std::string> most_memory;
  std::string svg, csv;
};

SearchObjective objective_of(const std::string& word) {
  if (const auto found = kSearchObjectiveNames.value(word)) return *found;
  throw Error::input("--objective '" + word + "' is not known", "",
                     "use step_time, cost, energy or memory");
}

std::optional<Bytes> memory_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  try {
    const Bytes bytes = parse_bytes(*text);
    if (bytes > Bytes(0)) return bytes;
  } catch (const Error& error) {
    throw Error::input(std::string("--max-memory: ") + error.what());
  }
  throw Error::input("--max-memory is not above 0", "", "write for example --max-memory 70GB");
}

// With the keys open that are not fixed.
Scenario load_open(const Options& options, std::vector<std::string> overrides) {
  const std::vector<std::string> open =
      open_layout(load_document(options.scenario, overrides, true), options.fix);
  overrides.insert(overrides.end(), open.begin(), open.end());
  Scenario scenario = load(options.scenario, overrides, options.output.quiet);
  expect_model(scenario, "search");
  return scenario;
}

// The job on each machine, at the points of the sweep that it can hold.
std::vector<SearchedMachine> load_machines(const Options& options) {
  for (const auto& [name, given] : {std::pair{"--device", options.scenario.device.has_value()},
                                    std::pair{"--network", options.scenario.network.has_value()}}) {
    if (!given) continue;
    throw Error::input(std::string(name) + " and --machine are both given",
                       "a machine has devices and a network of its own", "give one of them");
  }
  std::vector<SearchedMachine> machines;
  for (const std::string& word : options.machines) {
    const NamedMachine machine = machine_of(word);
    std::vector<std::string> overrides{machine.assignment};
    for (std::string& own : options.scenario.overrides()) overrides.push_back(std::move(own));
    if (const auto cut = sweep_that_fits(load_document(options.scenario, overrides, true))) {
      warn(options.output, "sweep", machine.name + ": " + cut->note);
      overrides.push_back(cut->assignment);
    }
    try {
      machines.push_back({machine.name, load_open(options, std::move(overrides))});
    } catch (const Error& error) {
      throw error.in_case("on machine " + machine.name);
    }
  }
  return machines;
}

DevicePrices load_prices(const std::string& path) {
  constexpr const char* kPriceList = "/prices/ec2-blocks-2024.json";
  return read_device_prices(
      JsonDocument::parse_file(path.empty() ? scenarios_folder() + kPriceList : path).root());
}

int run(const Options& options) {
  const std::vector<SearchedMachine> machines = load_machines(options);
  const DevicePrices prices = load_prices(options.prices);
  const Scenario scenario = machines.empty() ? load_open(options, options.scenario.overrides())
                                             : machines.front().scenario;
  SearchOptions how;
  how.objective = objective_of(options.objective);
  how.most_memory = memory_of(options.most_memory);
  how.top = options.top;
  how.jobs = options.jobs;
  prepare(options.output,
          {.in_out = {"search.json", "search.txt", "search.svg"},
           .elsewhere = {{"--svg", options.svg}, {"--csv", options.csv}},
           .inputs = {options.scenario.file, options.scenario.profile, options.prices}});
  SearchResult result;
  {
    Progress bar(options.output);
    how.progress = [&](std::size_t done, std::size_t all) { bar.show(done, all); };
    result = machines.empty() ? search(scenario, how) : search_machines(machines, prices, how);
  }
  for (const Warning& warning : result.warnings) warn(options.output, warning.code, warning.what);
  const auto chart = [&] { return search_chart_svg(result, chart_facts(scenario)); };
  deliver(options.output, "search", search_table(result), to_json(result), {{"search.svg", chart}});
  deliver_extra(options.output, options.svg, chart);
  deliver_extra(options.output, options.csv, [&] { return search_csv(result); });
  return 0;
}

}  // namespace

void add_search(CLI::App& app, CommandAction& action) {
  CLI::App& command =
      *app.add_subcommand("search", "The best layouts of a job for the devices at hand");
  const auto options = std::make_shared<Options>();
  add_scenario_options(command, options->scenario);
  add_repeatable(command, "--fix", options->fix,
                 "Hold a key of training.parallelism, or Horovod's fusion or cycle (repeatable); "
                 "all others are searched")
      ->type_name("KEY=VALUE");
  add_repeatable(command, "--machine", options->machines,
                 "A machine to search on (repeatable): a network preset with its nodes, or a "
                 "scenario whose cluster is taken; the best of all are ranked together")
      ->type_name("NAME");
  command
      .add_option("--prices", options->prices,
                  "Prices of a device's hour, for --objective cost with --machine (default: that "
                  "of scenarios/prices)")
      ->type_name("FILE");
  command
      .add_option("--objective", options->objective,
                  "step_time (the default), cost, energy or memory")
      ->type_name("WORD");
  command
      .add_option("--max-memory", options->most_memory,
                  "Most memory of a device (default: 95 % of what it has)")
      ->type_name("SIZE");
  command.add_option("--top", options->top, "Layouts that are predicted and listed (default: 10)")
      ->type_name("N")
      ->check(whole_number(1, 1000));
  add_jobs_option(command, options->jobs);
  command.add_option("--svg", options->svg, "Write a chart of time and memory")->type_name("FILE");
  command.add_option("--csv", options->csv, "Write a row per layout")->type_name("FILE");
  add_output_options(command, options->output, "search.json, search.txt and search.svg");
  add_examples(command, {"rehearse search gpt2_xl_selene --workers 64 --batch global=512",
                         "rehearse search gpt2_xl_selene --model llama2_7b --workers 64 "
                         "--fix tensor=8 --fix zero=1 --top 5",
                         "rehearse search gpt2_xl_selene --model llama2_7b --workers 16,32 "
                         "--batch global=512 --machine efa-p4d --machine efa-p5 "
                         "--objective cost"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
