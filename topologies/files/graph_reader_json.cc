#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_format.h"
#include "base/json_reader.h"
#include "topologies/files/graph_readers.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostCables = 1000;

NameTable read_switches(ObjectReader& reader) {
  NameTable table;
  const std::vector<std::string> names = reader.strings("switches");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].find('\0') != std::string::npos) {
      throw reader.error_at("switches/" + std::to_string(i), "a name holds a NUL character");
    }
    if (table.add(names[i])) continue;
    throw reader.error_at("switches/" + std::to_string(i),
                          "switch '" + names[i] + "' is listed twice", "", "list each once");
  }
  return table;
}

std::int64_t known_switch(const ObjectReader& reader, const NameTable& switches,
                          const std::string& key, const std::string& name) {
  if (const auto number = switches.find(name)) return *number;
  throw reader.error_at(key, "there is no switch '" + name + "'", "", switches.suggestion(name));
}

void read_nodes(ObjectReader& reader, const NameTable& switches, SwitchGraph& graph) {
  if (!reader.has("nodes")) return;
  double nics = 0;
  for (ObjectReader& node : reader.objects("nodes")) {
    node.optional_string("name");  // for people
    std::vector<std::int64_t> leaves;
    for (const std::string& name : node.strings("switches")) {
      leaves.push_back(known_switch(node, switches, "switches", name));
    }
    if (leaves.empty()) {
      throw node.error_at("switches", "the node hangs on no switch", "", "name one for each NIC");
    }
    const std::int64_t count = node.optional_integer("count", 1, kMostParts).value_or(1);
    node.finish();
    // Before there is room for them: every node keeps a place for each of its NICs.
    nics += static_cast<double>(count) * static_cast<double>(leaves.size());
    expect_size(static_cast<double>(graph.nodes.size()) + static_cast<double>(count), 2 * nics);
    graph.nodes.insert(graph.nodes.end(), static_cast<std::size_t>(count), leaves);
  }
}

Bandwidth positive(const ObjectReader& link, const char* key, Bandwidth value) {
  if (value > Bandwidth(0)) return value;
  throw link.error_at(key, "a bandwidth of zero moves nothing", "", "leave the link out");
}

SwitchGraph::Edge read_link(ObjectReader& link, const NameTable& switches,
                            const LinkDefaults& defaults) {
  SwitchGraph::Edge edge{};
  edge.a = known_switch(link, switches, "a", link.string("a"));
  edge.b = known_switch(link, switches, "b", link.string("b"));
  if (edge.a == edge.b) throw link.error_at("b", "the link leads from a switch to itself");
  const bool own_rate = link.has("bandwidth") || !defaults.bandwidth;
  edge.rate.bandwidth =
      positive(link, "bandwidth", own_rate ? link.bandwidth("bandwidth") : *defaults.bandwidth);
  const bool own_latency = link.has("latency") || !defaults.latency;
  edge.rate.latency = own_latency ? link.duration("latency") : *defaults.latency;
  if (const auto back = link.optional_bandwidth("bandwidth_back")) {
    edge.back = positive(link, "bandwidth_back", *back);
  }
  edge.cables = static_cast<int>(link.optional_integer("cables", 1, kMostCables).value_or(1));
  link.finish();
  return edge;
}

}  // namespace

SwitchGraph read_json_graph(ObjectReader reader, const LinkDefaults& defaults) {
  expect_format(reader, FileKind::graph);
  reader.optional_string("description");
  const NameTable switches = read_switches(reader);
  SwitchGraph graph;
  graph.switches = switches.names();
  read_nodes(reader, switches, graph);
  for (ObjectReader& link : reader.objects("links")) {
    graph.edges.push_back(read_link(link, switches, defaults));
  }
  reader.finish();
  return graph;
}

}  // namespace rehearse
