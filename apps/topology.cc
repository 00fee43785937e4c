#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command.h"
#include "apps/network_source.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/route_check.h"
#include "report/network_report.h"
#include "report/numbers.h"
#include "topologies/build.h"
#include "topologies/check.h"
#include "topologies/draw.h"
#include "topologies/export.h"
#include "topologies/facts.h"
#include "topologies/router.h"

namespace rehearse {
namespace {

struct Options {
  std::string spec;
  std::optional<std::int64_t> nodes;
  std::optional<int> devices;
  std::vector<std::string> sets;
  std::string dot, svg, simgrid_xml, graphml, json_graph;
  bool check = false;
  OutputOptions output;
};

void write_exports(const Options& options, const Network& network) {
  if (!options.dot.empty()) write_file(options.dot, to_dot(network));
  if (!options.svg.empty()) write_file(options.svg, to_svg(network));
  if (!options.graphml.empty()) write_file(options.graphml, to_graphml(network));
  if (!options.json_graph.empty()) write_file(options.json_graph, to_json_graph(network));
  if (!options.simgrid_xml.empty()) {
    const auto minimal = make_router(network, Routing::minimal);
    write_file(options.simgrid_xml, to_simgrid_xml(network, *minimal));
  }
}

FilePlan plan_files(const Options& options) {
  return {.in_out = {"topology.json", "topology.txt"},
          .elsewhere = {{"--dot", options.dot},
                        {"--svg", options.svg},
                        {"--graphml", options.graphml},
                        {"--json-graph", options.json_graph},
                        {"--simgrid-xml", options.simgrid_xml}},
          .inputs = {options.spec}};
}

// Exit status 1 if the check fails. Of a network that is not connected nothing else can be told.
int run(const Options& options) {
  const NetworkSource source =
      find_network(options.spec, options.nodes, options.devices, options.sets);
  prepare(options.output, plan_files(options));
  const auto build = options.check ? build_any_network : build_network;
  const Network network = build(source.spec, source.nodes, source.node);
  const std::unique_ptr<Router> router = make_router(network, source.spec.routing);
  std::optional<NetworkCheck> check;
  if (options.check) check = check_network(network, *router);
  std::optional<NetworkFacts> found;
  std::string text;
  if (!check || check->unreachable == 0) {
    found = facts(network, *router);
    text = network_table(source.name, network, *found) + (check ? "\n" : "");
    write_exports(options, network);
  }
  if (check) text += check_table(network, *check);
  if (check && found) {
    text += "\n" + grouped(check_routes(network, *router)) + " routes lead where they should\n";
  }
  deliver(options.output, "topology", text,
          to_json(source.name, network, found ? &*found : nullptr, check ? &*check : nullptr));
  return !check || check->passed() ? 0 : 1;
}

}  // namespace

void add_topology(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("topology", "Describe, check and draw a network");
  const auto options = std::make_shared<Options>();
  command
      .add_option("SPEC", options->spec,
                  "A preset's name, a network file, a scenario file, or a network as JSON")
      ->required();
  command.add_option("--nodes", options->nodes, "Nodes to connect")
      ->type_name("N")
      ->check(whole_number(1));
  command.add_option("--devices", options->devices, "Devices of a node")
      ->type_name("N")
      ->check(whole_number(1, 1024));
  add_repeatable(command, "--set", options->sets,
                 "Override a key of the scenario or network by its dotted path (repeatable)")
      ->type_name("KEY=VALUE");
  command.add_option("--dot", options->dot, "Write a Graphviz graph")->type_name("FILE");
  command.add_option("--svg", options->svg, "Write a picture")->type_name("FILE");
  command.add_option("--graphml", options->graphml, "Write nodes, switches and links as GraphML")
      ->type_name("FILE");
  command
      .add_option("--json-graph", options->json_graph,
                  "Write the same as JSON; topology 'file' reads both")
      ->type_name("FILE");
  command
      .add_option("--simgrid-xml", options->simgrid_xml,
                  "Write a SimGrid platform with minimal routes, up to 512 devices")
      ->type_name("FILE");
  command.add_flag("--check", options->check,
                   "Look for what is wrong, and load the network; status 1 if something is");
  add_output_options(command, options->output, "topology.json and topology.txt");
  add_examples(command, {"rehearse topology aries-piz-daint --nodes 64 --svg network.svg",
                         "rehearse topology infiniband-edr-fat-tree --nodes 36 --check"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
