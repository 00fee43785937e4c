#include "base/xml_text.h"
#include "topologies/files/export.h"

namespace rehearse {
namespace {

std::string vertex(const std::string& id, const std::string& name, const char* kind) {
  return "    <node id=\"" + id + "\"><data key=\"name\">" + xml_escaped(name) +
         "</data><data key=\"kind\">" + kind + "</data></node>\n";
}

std::string edge(const std::string& from, const std::string& to, const Link& link) {
  std::string text = "    <edge source=\"" + from + "\" target=\"" + to +
                     "\"><data key=\"bandwidth\">" + exact_text(link.bandwidth / link.cables) +
                     "</data><data key=\"latency\">" + exact_text(link.latency) + "</data>";
  if (link.cables > 1) text += "<data key=\"cables\">" + std::to_string(link.cables) + "</data>";
  return text + "</edge>\n";
}

bool both_ways_alike(const Network& network) {
  for (LinkId id = 0; id < network.links(); id += 2) {
    if (network.link(id).bandwidth != network.link(id + 1).bandwidth) return false;
  }
  return true;
}

}  // namespace

std::string to_graphml(const Network& network) {
  const bool undirected = both_ways_alike(network);
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
      "  <key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n"
      "  <key id=\"kind\" for=\"node\" attr.name=\"kind\" attr.type=\"string\"/>\n"
      "  <key id=\"bandwidth\" for=\"edge\" attr.name=\"bandwidth\" attr.type=\"string\"/>\n"
      "  <key id=\"latency\" for=\"edge\" attr.name=\"latency\" attr.type=\"string\"/>\n"
      "  <key id=\"cables\" for=\"edge\" attr.name=\"cables\" attr.type=\"int\"/>\n"
      "  <graph id=\"network\" edgedefault=\"";
  out += undirected ? "undirected\">\n" : "directed\">\n";
  const auto switch_id = [](std::int64_t index) { return "s" + std::to_string(index); };
  const auto node_id = [](std::int64_t node) { return "n" + std::to_string(node); };
  for (std::int64_t index = 0; index < network.switches(); ++index) {
    if (!network.switch_works(index)) continue;
    out += vertex(switch_id(index), network.shape().switch_name(index), "switch");
  }
  for (NodeId node = 0; node < network.nodes(); ++node) {
    out += vertex(node_id(node), "node " + std::to_string(node), "node");
  }
  const auto connect = [&](const std::string& a, const std::string& b, LinkId id) {
    if (!network.works(id)) return;
    out += edge(a, b, network.link(id));
    if (!undirected) out += edge(b, a, network.link(Network::reverse(id)));
  };
  for (NodeId node = 0; node < network.nodes(); ++node) {
    for (int nic = 0; nic < network.nics_per_node(); ++nic) {
      connect(node_id(node), switch_id(network.leaf_of(node, nic)),
              network.injection_link(node, nic));
    }
  }
  for (auto id = static_cast<LinkId>(network.first_edge_link()); id < network.links(); id += 2) {
    const Link link = network.link(id);
    connect(switch_id(link.from - network.first_switch()),
            switch_id(link.to - network.first_switch()), id);
  }
  return out + "  </graph>\n</graphml>\n";
}

}  // namespace rehearse
