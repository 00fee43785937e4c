#include "predict/collective.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "api/local_profile.h"
#include "apps/collective_logs.h"
#include "apps/collective_scenario.h"
#include "apps/command.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/size_list.h"
#include "base/error.h"
#include "base/numbers.h"
#include "base/suggestion.h"
#include "report/collective_report.h"
#include "scenarios/profile_library.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

constexpr const char* kDefaultSizes = "8B..1GiB";

struct Options {
  CollectiveMachine machine;
  std::optional<std::string> operation, algorithm, protocol, sizes;
  std::optional<std::int64_t> ranks, ranks_per_node;
  std::vector<std::string> against;
  std::string svg, csv;
  OutputOptions output;
  int jobs = 1;
};

std::size_t choice(const std::string& option, const std::string& word,
                   const std::vector<std::string>& known) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!word.empty() && known[i] == word) return i;
  }
  std::vector<std::string> words;
  std::copy_if(known.begin(), known.end(), std::back_inserter(words),
               [](const std::string& name) { return !name.empty(); });
  throw Error::input(option + " '" + word + "' is not known", "it can be " + list_of(words),
                     suggestion(word, words, "give one of these"));
}

AskedCollective asked_by(const Options& options) {
  AskedCollective asked;
  if (options.operation) {
    asked.operation =
        kOperationNames.at(choice("--op", *options.operation, kOperationNames.words()));
  }
  const auto count = [](const char* option,
                        const std::optional<std::int64_t>& value) -> std::optional<int> {
    if (!value) return std::nullopt;
    if (*value < 1 || *value > kMostWorkers) {
      throw Error::input(std::string(option) + " " + std::to_string(*value) + " is out of range",
                         "it can be 1 to 1,000,000",
                         "give for example " + std::string(option) + " 8");
    }
    return static_cast<int>(*value);
  };
  asked.ranks = count("--ranks", options.ranks);
  asked.ranks_per_node = count("--ranks-per-node", options.ranks_per_node);
  return asked;
}

Scenario machine_scenario(const Options& options, const AskedCollective& asked) {
  const JsonDocument document =
      collective_document(options.machine, *asked.operation, *asked.ranks, asked.ranks_per_node);
  ProfileLibrary profiles;
  profiles.set_local(local_profile(document, "", machine_door(options.output.quiet)));
  return read_scenario(document, profiles);
}

void expect_room(const Options& options, const Scenario& scenario, int ranks, int ranks_per_node) {
  if (ranks_per_node > scenario.node.devices) {
    throw Error::input("--ranks-per-node " + std::to_string(ranks_per_node) +
                           " are more than the " + std::to_string(scenario.node.devices) +
                           " devices of a node",
                       "a rank is a device", "give fewer, or --set cluster.node.devices");
  }
  const std::int64_t nodes = usable_nodes(scenario.placement, scenario.nodes);
  if (ranks <= nodes * ranks_per_node) return;
  throw Error::input(
      "--ranks " + std::to_string(ranks) + " do not fit the " + std::to_string(nodes) +
          " nodes of '" + options.machine.network + "'",
      std::to_string(ranks_per_node) + " on a node are " + std::to_string(nodes * ranks_per_node),
      "give fewer ranks");
}

// Several hosts of a log may share one domain of direct links, which is a node of the network:
// where the hosts are more than the network's nodes, its nodes are filled evenly.
void join_hosts(const Options& options, const Scenario& scenario, AskedCollective& asked,
                std::vector<CollectiveLog>& logs) {
  if (options.ranks_per_node || !asked.ranks_per_node || logs.empty()) return;
  const std::int64_t nodes = usable_nodes(scenario.placement, scenario.nodes);
  const int ranks = *asked.ranks;
  const int devices = scenario.node.devices;
  if (ranks <= nodes * *asked.ranks_per_node || ranks > nodes * devices) return;
  const int domains = (ranks + devices - 1) / devices;
  asked.ranks_per_node = (ranks + domains - 1) / domains;
  for (CollectiveLog& log : logs) log.ranks_per_node = asked.ranks_per_node;
}

// Of --sizes and of the logs.
std::vector<double> all_sizes(const Options& options,
                              const std::vector<std::vector<CollectiveLog::Row>>& measured) {
  std::set<double> sizes;
  if (options.sizes || measured.empty()) {
    for (const double bytes : parse_sizes(options.sizes.value_or(kDefaultSizes))) {
      sizes.insert(bytes);
    }
  }
  for (const auto& rows : measured) {
    for (const CollectiveLog::Row& row : rows) sizes.insert(row.bytes);
  }
  return {sizes.begin(), sizes.end()};
}

CollectiveQuestion question_of(const Options& options, const Scenario& scenario,
                               const AskedCollective& asked) {
  CollectiveQuestion question;
  question.scenario = &scenario;
  question.operation = *asked.operation;
  question.ranks = *asked.ranks;
  question.ranks_per_node =
      std::min(asked.ranks_per_node.value_or(scenario.node.devices), *asked.ranks);
  question.algorithm = scenario.stack.library ? Algorithm::native : Algorithm::automatic;
  if (options.algorithm) {
    question.algorithm =
        kAlgorithmNames.at(choice("--algorithm", *options.algorithm, kAlgorithmNames.words()));
  }
  if (options.protocol) {
    question.protocol =
        kProtocolNames.at(choice("--protocol", *options.protocol, kProtocolNames.words()));
  }
  question.jobs = options.jobs;
  return question;
}

int run(const Options& options) {
  AskedCollective asked = asked_by(options);
  if (options.sizes) (void)parse_sizes(*options.sizes);
  std::vector<CollectiveLog> logs = read_logs(options.against);
  asked = agree(asked, logs);
  const Scenario scenario = machine_scenario(options, asked);
  join_hosts(options, scenario, asked, logs);
  CollectiveQuestion question = question_of(options, scenario, asked);
  expect_room(options, scenario, question.ranks,
              asked.ranks_per_node.value_or(scenario.node.devices));
  expect_ranks_per_node(question.ranks_per_node, logs);
  FilePlan files{.in_out = {"collective.json", "collective.txt", "collective.svg"},
                 .elsewhere = {{"--svg", options.svg}, {"--csv", options.csv}},
                 .inputs = options.against};
  files.inputs.push_back(options.machine.network);
  prepare(options.output, files);

  std::vector<std::vector<CollectiveLog::Row>> measured;
  for (const CollectiveLog& log : logs) measured.push_back(log.counted(question.ranks));
  question.bytes = all_sizes(options, measured);

  CollectiveReport report;
  report.network = scenario.name;
  report.stack = scenario.stack.name;
  report.version = REHEARSE_VERSION;
  report.fidelity = kFidelityNames.text(scenario.fidelity);
  report.seed = scenario.seed;
  report.operation = question.operation;
  report.ranks = question.ranks;
  report.ranks_per_node = question.ranks_per_node;
  report.prediction = predict_collective(question);
  for (std::size_t i = 0; i < logs.size(); ++i) {
    std::vector<std::pair<double, double>> pairs;
    for (const CollectiveLog::Row& row : measured[i]) pairs.emplace_back(row.bytes, row.seconds);
    report.against.push_back(held_against(report.prediction, logs[i].name, pairs));
  }
  for (const Warning& warning : report.prediction.warnings) {
    warn(options.output, warning.code, warning_line(warning, report.prediction));
  }
  const auto chart = [&] { return collective_chart_svg(report); };
  deliver(options.output, "collective", collective_table(report), to_json(report),
          {{"collective.svg", chart}});
  deliver_extra(options.output, options.svg, chart);
  deliver_extra(options.output, options.csv, [&] { return collective_csv(report); });
  return 0;
}

}  // namespace

void add_collective(CLI::App& app, CommandAction& action) {
  CLI::App& command =
      *app.add_subcommand("collective", "What a collective takes on a network, by its size");
  const auto options = std::make_shared<Options>();
  CollectiveMachine& machine = options->machine;
  const auto add = [&](const char* name, auto& value, const char* help, const char* type) {
    command.add_option(name, value, help)->type_name(type);
  };
  command
      .add_option("--network", machine.network,
                  "A preset's name, a network file or a scenario file")
      ->required();
  add("--op", options->operation,
      "all_reduce, all_gather, reduce_scatter, all_to_all, broadcast, reduce or send_recv", "OP");
  add("--ranks", options->ranks, "Ranks, one per device", "N");
  add("--ranks-per-node", options->ranks_per_node, "Default: the devices of a node", "N");
  add("--sizes", options->sizes, "8B..1GiB (powers of two; the default), or a list: 1KiB,3000,8M",
      "SIZES");
  add("--algorithm", options->algorithm,
      "ring, tree, …; default: native (the library's choice) where the stack names a library, "
      "else auto (the best)",
      "WORD");
  add("--protocol", options->protocol, "ll, ll128 or simple; default: the library's choice",
      "WORD");
  add("--stack", machine.stack, "A communication library on a fabric; default: the machine's",
      "NAME");
  add("--placement", machine.placement, "contiguous, random, group_round_robin, or as JSON",
      "WORD");
  add("--device", machine.device,
      "Device of a preset's nodes, for the choice of the stack alone (default: the preset's; where "
      "it names none, a100-sxm4-80gb, or xeon-platinum-8480 if a node has one device)",
      "NAME");
  add("--fidelity", machine.fidelity, "analytic, flow or message", "LEVEL");
  command.add_option("--seed", machine.seed, "Seed of all random numbers")
      ->type_name("N")
      ->check(whole_number(0));
  add_repeatable(command, "--set", machine.sets,
                 "Override a scenario key by its dotted path (repeatable)")
      ->type_name("KEY=VALUE");
  command
      .add_option("--against", options->against,
                  "Logs of nccl-tests, rccl-tests or OSU, or published tables (FILE.json[#ID])")
      ->type_name("LOG");
  add("--svg", options->svg, "Write a picture: time and bus bandwidth over the bytes", "FILE");
  add("--csv", options->csv, "Write the rows as CSV", "FILE");
  add_jobs_option(command, options->jobs);
  add_output_options(command, options->output,
                     "collective.json, collective.txt and collective.svg");
  add_examples(command, {"rehearse collective --network infiniband-hdr-selene --op all_reduce "
                         "--ranks 64",
                         "rehearse collective --network aries-piz-daint --op all_reduce --ranks 16 "
                         "--sizes 1KiB,1MiB --json"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
