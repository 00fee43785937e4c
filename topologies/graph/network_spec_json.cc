#include "base/enum_names.h"
#include "base/error.h"
#include "base/file_format.h"
#include "base/json_reader.h"
#include "topologies/graph/network_spec.h"
#include "topologies/shapes/graph_spec.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {

NodeSpec read_node_spec(ObjectReader reader) {
  NodeSpec node;
  node.devices = static_cast<int>(reader.optional_integer("devices", 1, 1024).value_or(1));
  node.nics = static_cast<int>(reader.optional_integer("nics", 1, 1024).value_or(1));
  const bool has_rate = reader.has("device_bandwidth") || reader.has("device_latency");
  if (has_rate || node.devices > 1) node.device = read_rate(reader, "device");
  read_inside(reader, node);
  reader.finish();
  return node;
}

void read_inside(ObjectReader& reader, NodeSpec& node) {
  constexpr auto kNames = enum_names<NodeSpec::Inside>("switch", "all_to_all");
  node.inside = kNames.read_optional(reader, "inside").value_or(node.inside);
  if (reader.has("pair_bandwidth") || reader.has("pair_latency")) {
    node.pair = read_rate(reader, "pair");
  }
  if (node.inside == NodeSpec::Inside::all_to_all && node.devices > 1 &&
      !(node.pair.bandwidth > Bandwidth(0))) {
    throw reader.error_at("inside", "nothing is known of the links between two devices", "",
                          "give 'pair_bandwidth' and 'pair_latency'");
  }
  if (const auto switches = reader.optional_integer("switches", 1, 1024)) {
    node.switches = static_cast<int>(*switches);
  }
  if (reader.has("switch_bandwidth") || reader.has("switch_latency")) {
    node.switch_link = read_rate(reader, "switch");
  }
  if (node.switches > 1 && !(node.switch_link.bandwidth > Bandwidth(0))) {
    throw reader.error_at("switches", "nothing is known of the links from them to the hub", "",
                          "give 'switch_bandwidth' and 'switch_latency'");
  }
  if (reader.has("rings")) {
    const std::vector<std::int64_t> rings = reader.integers("rings", 1, 1024);
    if (static_cast<int>(rings.size()) != node.devices - 1) {
      throw reader.error_at("rings",
                            std::to_string(rings.size()) + " numbers for " +
                                std::to_string(node.devices) + " devices",
                            "there is one for the first 2, 3, … devices of a node",
                            "give one less than devices, or leave 'rings' out");
    }
    node.rings.assign(rings.begin(), rings.end());
  }
  if (const std::string why = node.obstacle(); !why.empty()) {
    throw reader.error_at("switches", why, "", "give another number, or 1 for none");
  }
}

namespace {

// A network file may say how its nodes hang on it; else its links serve as an example.
LinkRate read_injection(ObjectReader& reader, NetworkSpec& spec) {
  const SwitchGraph* graph = graph_of(*spec.topology);
  if (graph == nullptr) return read_rate(reader, "injection");
  const bool own_rate = reader.has("injection_bandwidth");
  const bool own_latency = reader.has("injection_latency");
  if (own_rate && own_latency) return read_rate(reader, "injection");
  const auto link = reader.optional_bandwidth("link_bandwidth");
  const auto latency = reader.optional_duration("link_latency");
  LinkRate rate{};
  if (own_rate || (!graph->injection && !link)) {
    rate.bandwidth = reader.bandwidth("injection_bandwidth");
  } else {
    rate.bandwidth = graph->injection ? *graph->injection : *link;
    spec.provenance.push_back(
        {"injection_bandwidth",
         graph->injection ? "links of nodes in the network file" : "as link_bandwidth",
         graph->injection ? Provenance::Kind::derived : Provenance::Kind::assumed});
  }
  if (own_latency || !latency) {
    rate.latency = reader.duration("injection_latency");
  } else {
    rate.latency = *latency;
    spec.provenance.push_back({"injection_latency", "as link_latency", Provenance::Kind::assumed});
  }
  return rate;
}

}  // namespace

NetworkSpec read_network_spec(ObjectReader reader) {
  NetworkSpec spec;
  expect_format(reader, FileKind::network);
  spec.description = reader.optional_string("description").value_or("");
  spec.nodes = reader.optional_integer("nodes", 1, 1'000'000);
  spec.topology = read_topology(reader);
  if (reader.has("routing")) {
    spec.routing = kRoutingNames.read(reader, "routing");
    if (spec.routing == Routing::d_mod_k && spec.topology->name() != "fat_tree") {
      throw reader.error_at("routing", "routing 'd_mod_k' works on fat-trees only",
                            "this is a " + std::string(spec.topology->name()), "use 'minimal'");
    }
  }
  spec.injection = read_injection(reader, spec);
  spec.nic = kNicFamilyNames.read_optional(reader, "nic");
  spec.stack = reader.optional_string("stack");
  if (auto node = reader.optional_object("node")) {
    spec.device = node->optional_string("device");
    spec.node = read_node_spec(*node);
  }
  if (auto failed = reader.optional_object("failed")) spec.failed = read_failed_parts(*failed);
  if (auto reduction = reader.optional_object("in_network_reduction")) {
    spec.reduction = read_switch_reduction(*reduction);
  }
  for (Provenance& entry : read_provenance(reader, "provenance")) {
    spec.provenance.push_back(std::move(entry));
  }
  reader.finish();
  return spec;
}

}  // namespace rehearse
