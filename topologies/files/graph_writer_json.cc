#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "topologies/files/export.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json switches_of(const Network& network, NodeId node) {
  Json names = Json::array();
  for (int nic = 0; nic < network.nics_per_node(); ++nic) {
    if (!network.works(network.injection_link(node, nic))) continue;
    names.push_back(network.shape().switch_name(network.leaf_of(node, nic)));
  }
  return names;
}

// Nodes in a row that hang on the same switches share an entry.
Json nodes_of(const Network& network) {
  Json nodes = Json::array();
  for (NodeId node = 0; node < network.nodes(); ++node) {
    Json switches = switches_of(network, node);
    if (nodes.empty() || nodes.back()["switches"] != switches) {
      nodes.push_back({{"switches", std::move(switches)}, {"count", 0}});
    }
    nodes.back()["count"] = nodes.back()["count"].get<std::int64_t>() + 1;
  }
  return nodes;
}

Json link_of(const Network& network, LinkId id) {
  const Link link = network.link(id);
  const Link back = network.link(Network::reverse(id));
  Json result = {{"a", network.vertex_name(link.from)},
                 {"b", network.vertex_name(link.to)},
                 {"bandwidth", exact_text(link.bandwidth / link.cables)},
                 {"latency", exact_text(link.latency)}};
  if (back.bandwidth != link.bandwidth) {
    result["bandwidth_back"] = exact_text(back.bandwidth / back.cables);
  }
  if (link.cables > 1) result["cables"] = link.cables;
  return result;
}

}  // namespace

std::string to_json_graph(const Network& network) {
  Json switches = Json::array();
  for (std::int64_t index = 0; index < network.switches(); ++index) {
    if (!network.switch_works(index)) continue;
    switches.push_back(network.shape().switch_name(index));
  }
  Json links = Json::array();
  for (auto id = static_cast<LinkId>(network.first_edge_link()); id < network.links(); id += 2) {
    if (!network.works(id)) continue;
    links.push_back(link_of(network, id));
  }
  const Json graph = {{"format", format_of(FileKind::graph)},
                      {"description", network.shape().title()},
                      {"switches", std::move(switches)},
                      {"nodes", nodes_of(network)},
                      {"links", std::move(links)}};
  return graph.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
