#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_reader.h"
#include "scenarios/topology_defaults.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr std::int64_t kPorts = 36;  // a common InfiniBand switch
constexpr std::int64_t kMostNics = 1024;

void copy_rate(const json& preset, const char* prefix, json& sizes) {
  for (const char* part : {"_bandwidth", "_latency"}) {
    sizes[std::string(prefix) + part] = preset.at(std::string("injection") + part);
  }
}

// NICs of a node; 1 if the reader of nodes will refuse the value anyway.
std::int64_t nics_of(const json& preset, const json& given) {
  for (const json* network : {&given, &preset}) {
    const auto node = network->find("node");
    if (node == network->end() || !node->is_object() || !node->contains("nics")) continue;
    const json& nics = node->at("nics");
    if (!nics.is_number_integer()) return 1;
    return std::clamp<std::int64_t>(nics.get<std::int64_t>(), 1, kMostNics);
  }
  return 1;
}

// A leaf has half of its ports for the NICs of whole nodes, and as many links up.
void fill_leaves(std::int64_t nics, std::int64_t nodes, json& sizes) {
  constexpr std::int64_t kHalf = kPorts / 2;
  const std::int64_t leaf = std::max<std::int64_t>(1, kHalf / nics);
  std::vector<std::int64_t> down{leaf};
  std::vector<std::int64_t> up{leaf * nics};
  for (std::int64_t held = leaf * kPorts; held < nodes; held *= kHalf) {
    down.push_back(kHalf);
    up.push_back(kHalf);
  }
  down.push_back(kPorts);
  sizes["down"] = down;
  sizes["up"] = up;
}

json fat_tree(const json& preset, const json& given, std::int64_t nodes) {
  json sizes = json::object();
  const std::int64_t nics = nics_of(preset, given);
  if (given.contains("down") || given.contains("up")) {
    // the scenario's own sizes
  } else if (nics == 1 || given.contains("ports")) {
    sizes["ports"] = kPorts;
  } else {
    fill_leaves(nics, nodes, sizes);
  }
  copy_rate(preset, "link", sizes);
  return sizes;
}

json dragonfly(const json& preset, const json& given, std::int64_t nodes) {
  // p nodes of n NICs per router, 2pn routers per group, pn global links per router: 2pn * pn + 1
  // groups at most.
  const std::int64_t nics = nics_of(preset, given);
  const auto holds = [&](std::int64_t p) {
    const auto ports = static_cast<double>(p * nics);
    return 2 * ports * static_cast<double>(p) * (2 * ports * ports + 1);
  };
  std::int64_t p = 1;
  while (holds(p) < static_cast<double>(nodes)) ++p;
  json sizes{{"routers_per_group", 2 * p * nics},
             {"nodes_per_router", p},
             {"global_links_per_router", p * nics}};
  copy_rate(preset, "local", sizes);
  copy_rate(preset, "global", sizes);
  return sizes;
}

json dragonfly_plus(const json& preset, std::int64_t nodes) {
  // r nodes on each of r leaves, r spines of r global links: r * r + 1 groups at most.
  std::int64_t r = 1;
  while (r * r * (r * r + 1) < nodes) ++r;
  json sizes{{"leaves_per_group", r},
             {"spines_per_group", r},
             {"nodes_per_leaf", r},
             {"global_links_per_spine", r}};
  copy_rate(preset, "local", sizes);
  copy_rate(preset, "global", sizes);
  return sizes;
}

json box(const json& preset) {
  json sizes = json::object();
  copy_rate(preset, "link", sizes);
  return sizes;
}

json hyperx(const json& preset, std::int64_t nodes) {
  std::int64_t side = 1;
  while (side * side * side < nodes) ++side;
  json sizes{{"dimensions", {side, side}}, {"nodes_per_switch", side}};
  copy_rate(preset, "link", sizes);
  return sizes;
}

json slim_fly(const json& preset) {
  json sizes = json::object();
  copy_rate(preset, "local", sizes);
  copy_rate(preset, "global", sizes);
  return sizes;
}

}  // namespace

json with_topology_defaults(const json& preset, const json& given, std::int64_t nodes) {
  const std::string& topology = given.at("topology").get_ref<const std::string&>();
  json sizes = json::object();
  if (topology == "fat_tree") sizes = fat_tree(preset, given, nodes);
  if (topology == "dragonfly") sizes = dragonfly(preset, given, nodes);
  if (topology == "dragonfly_plus") sizes = dragonfly_plus(preset, nodes);
  if (topology == "torus" || topology == "mesh") sizes = box(preset);
  if (topology == "hyperx") sizes = hyperx(preset, nodes);
  if (topology == "slim_fly") sizes = slim_fly(preset);

  std::vector<std::string> assumed;
  for (const auto& [key, value] : sizes.items()) {
    if (!given.contains(key)) assumed.push_back(key);
  }
  sizes["topology"] = topology;
  copy_rate(preset, "injection", sizes);
  for (const char* key : {"node", "in_network_reduction", "nic", "stack"}) {
    if (preset.contains(key)) sizes[key] = preset.at(key);
  }
  sizes["provenance"] = preset.value("provenance", json::array());
  if (!assumed.empty()) {
    sizes["provenance"].push_back(
        {{"quantity", list_of(assumed)},
         {"source",
          "textbook " + topology + " for the nodes of the preset, links as its injection"},
         {"kind", "assumed"}});
  }
  return sizes;
}

}  // namespace rehearse
