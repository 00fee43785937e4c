#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/json_reader.h"
#include "scenarios/scenario.h"
#include "tests/fuzz/door.h"
#include "topologies/files/export.h"
#include "topologies/graph/build.h"
#include "topologies/graph/check.h"
#include "topologies/graph/facts.h"
#include "topologies/routing/router.h"

namespace rehearse {
namespace {

constexpr std::int64_t kBuilt = 64;   // nodes at most of a network that is built
constexpr std::int64_t kRouted = 24;  // switches at most of one through which routes are led

// Builds what a reader let through; the routes of small ones are led and checked.
void use_network(const NetworkSpec& spec) {
  const std::int64_t room = spec.topology->capacity().value_or(kBuilt);
  const std::int64_t nodes = std::min({spec.nodes.value_or(kBuilt), room, kBuilt});
  const Network network = build_any_network(spec, nodes, spec.node.value_or(NodeSpec{}));
  if (network.shape().switches() > kRouted) return;
  const auto router = make_router(network, spec.routing);
  const NetworkCheck check = check_network(network, *router);
  if (check.unreachable > 0) return;
  (void)facts(network, *router);
  (void)to_graphml(network);
}

// The file is not known where a network is built.
void try_network(const NetworkSpec& spec, const std::string& path) {
  try {
    use_network(spec);
  } catch (const Error& error) {
    throw error.at(path, "");
  }
}

void read_network_file(const std::string& text, const std::string& path) {
  const JsonDocument document = JsonDocument::parse_text(text, path);
  try_network(read_network_spec(document.root()), path);
}

// A graph by the key "file" of a network; switches without nodes get one each.
void read_graph(const std::string& text, const std::string& path) {
  std::ofstream(path, std::ios::binary) << text;
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto spec_with = [&](const std::string& more) {
    const JsonDocument document = JsonDocument::parse_text(
        R"({"topology": "file", "file": ")" + name +
            R"(", "link_bandwidth": "100 Gbit/s", "link_latency": "1 us", "node": {"nics": 2},
            "injection_bandwidth": "100 Gbit/s", "injection_latency": "1 us")" +
            more + "}",
        path + ".json");
    return read_network_spec(document.root());
  };
  try {
    try_network(spec_with(""), path);
  } catch (const Error& error) {
    if (std::string(error.what()).find("nodes_per_switch") == std::string::npos) throw;
    try_network(spec_with(R"(, "nodes_per_switch": 1)"), path);
  }
}

Door graph_door(const std::string& name, const std::string& ending,
                std::vector<std::string> words) {
  return {name, ending, seeds_of(name), false, std::move(words), read_graph};
}

}  // namespace

std::vector<Door> network_doors() {
  const std::vector<std::string> hosts{"n[0-999999]",
                                       "n[1-4,7]",
                                       "n[10-1]",
                                       "a[1-2]b[3-4]",
                                       "n[",
                                       "n]",
                                       "ALL",
                                       "n[1-]",
                                       "n[-3]",
                                       "n[01-3]",
                                       "n[1-2][1-2][1-1000]",
                                       "n[0-18446744073709551615]"};
  std::vector<std::string> slurm{"SwitchName=", "Nodes=",    "Switches=", "LinkSpeed=",    "\\\n",
                                 "BlockName=",  "DragonFly", "Include",   "TopologyParam="};
  std::vector<std::string> yaml{"- ",        ": ",   "&a",         "*a",     "!!binary",
                                "|\n",       ">-\n", "? ",         "<<: *a", "---",
                                "%YAML 9.9", "{a: ", "children: ", "nodes: "};
  for (auto* list : {&slurm, &yaml}) list->insert(list->end(), hosts.begin(), hosts.end());
  Door network{"network",
               ".json",
               files_in(scenarios_folder() + "/networks"),
               true,
               {"\"failed\": {\"link_fraction\": 0.5}, ", "fat_tree", "dragonfly", "slim_fly"},
               read_network_file};
  Door graph = graph_door("graph", ".json", {"\"count\": 1000000, "});
  graph.json = true;
  return {network,
          graph,
          graph_door("graphml", ".graphml",
                     {"<node id=\"x\"/>", "<graph>", "</graph>", "<edge ", "&amp;", "&#0;", "&x;",
                      "<!ENTITY x \"y\">", "<![CDATA[", "]]>", "<!--", "-->", "<data key=\"d0\">",
                      "1e999", "edgedefault=\"directed\"", "<hyperedge>", "<port name=\"p\"/>"}),
          graph_door("gml", ".gml",
                     {"graph [", "node [", "edge [", "]", "id -1", "source 0", "&amp;", "\""}),
          graph_door("slurm", ".conf", slurm),
          graph_door("yaml", ".yaml", yaml),
          graph_door("ibnetdiscover", ".txt",
                     {"Switch\t40 \"S-1\"", "Ca\t2 \"H-1\"", "[1]\t\"S-1\"[2]", "4xHDR", "1xSDR",
                      "# \"", "(", "lid "})};
}

}  // namespace rehearse
