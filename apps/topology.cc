#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "apps/command.h"
#include "apps/network_source.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/route_check.h"
#include "base/error.h"
#include "base/numbers.h"
#include "report/network_report.h"
#include "topologies/files/export.h"
#include "topologies/graph/build.h"
#include "topologies/graph/check.h"
#include "topologies/graph/facts.h"
#include "topologies/pictures/draw.h"
#include "topologies/routing/router.h"
#include "topologies/routing/traffic_patterns.h"

namespace rehearse {
namespace {

struct Options {
  std::string spec;
  std::optional<std::int64_t> nodes;
  std::optional<int> devices;
  std::vector<std::string> sets;
  std::string dot, svg, simgrid_xml, graphml, json_graph;
  std::string load;  // a key of kLoads; empty: none
  bool check = false;
  OutputOptions output;
};

using LoadFunction = PatternLoad (*)(const Network&, const Router&);

const std::map<std::string, LoadFunction>& loads() {
  static const std::map<std::string, LoadFunction> kLoads{{"uniform", uniform_load},
                                                          {"ring", ring_load},
                                                          {"next_group", next_group_load},
                                                          {"half_way", half_way_load}};
  return kLoads;
}

// The picture, and the line that says what its colours show.
std::string draw(const Options& options, const std::string& name, const Network& network,
                 const Router& router) {
  if (options.load.empty() || network.nodes() < 2) {
    write_file(options.svg, to_svg(network, {name}));
    return options.load.empty() ? "" : "\none node sends nothing: the picture shows no load\n";
  }
  if (options.load == "next_group" && nodes_of_first_group(network) == network.nodes()) {
    throw Error::input("--load next_group: the nodes of this network are all in one group", "",
                       "take uniform, ring or half_way");
  }
  const PatternLoad load = loads().at(options.load)(network, router);
  write_file(options.svg, to_svg(network, {name, &load}));
  return "\nload of the picture: " + load.pattern + (load.exact ? "" : " (sample)") + "; " +
         percent(load.share) + " of injection; busiest link " +
         network.link_name(load.traffic.busiest) + "\n";
}

void write_exports(const Options& options, const Network& network) {
  if (!options.dot.empty()) write_file(options.dot, to_dot(network));
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
  for (const std::string& remark : source.remarks) warn(options.output, "network_file", remark);
  const auto build = options.check ? build_any_network : build_network;
  const Network network = build(source.spec, source.nodes, source.node);
  const std::unique_ptr<Router> router = make_router(network, source.spec.routing);
  std::optional<NetworkCheck> check;
  if (options.check) check = check_network(network, *router);
  std::optional<NetworkFacts> found;
  std::string text;
  if (!check || check->unreachable == 0) {
    found = facts(network, *router);
    text = network_table(source.name, network, *found);
    write_exports(options, network);
    if (!options.svg.empty()) text += draw(options, source.name, network, *router);
    if (check) text += "\n";
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
      .add_option(
          "SPEC", options->spec,
          "A preset's name, a network or scenario file, a network as JSON, or a file that lists "
          "switches: topology.conf, topology.yaml, GraphML, GML, output of ibnetdiscover")
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
  CLI::Option* svg =
      command.add_option("--svg", options->svg, "Write a picture")->type_name("FILE");
  std::vector<std::string> patterns;
  for (const auto& [name, function] : loads()) patterns.push_back(name);
  command
      .add_option("--load", options->load,
                  "Colour the links of the picture by their load when all nodes send: uniform (all "
                  "to all), ring (node n to n + 1), next_group, half_way (node n to n + half)")
      ->type_name("PATTERN")
      ->check(CLI::IsMember(patterns))
      ->needs(svg);
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
