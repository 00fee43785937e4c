#include <nlohmann/json.hpp>

#include "base/json_reader.h"
#include "scenarios/other_topology.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr std::int64_t kPorts = 36;  // a common InfiniBand switch

void copy_rate(const json& preset, const char* prefix, json& sizes) {
  for (const char* part : {"_bandwidth", "_latency"}) {
    sizes[std::string(prefix) + part] = preset.at(std::string("injection") + part);
  }
}

json fat_tree(const json& preset, const json& given) {
  json sizes = json::object();
  if (!given.contains("down") && !given.contains("up")) sizes["ports"] = kPorts;
  copy_rate(preset, "link", sizes);
  return sizes;
}

json dragonfly(const json& preset, std::int64_t nodes) {
  // p nodes per router, 2p routers per group, p global links per router: 2p * p + 1 groups at most.
  std::int64_t p = 1;
  while (2 * p * p * (2 * p * p + 1) < nodes) ++p;
  json sizes{{"routers_per_group", 2 * p}, {"nodes_per_router", p}, {"global_links_per_router", p}};
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

json as_other_topology(const json& preset, const json& given, std::int64_t nodes) {
  const std::string& topology = given.at("topology").get_ref<const std::string&>();
  json sizes = json::object();
  if (topology == "fat_tree") sizes = fat_tree(preset, given);
  if (topology == "dragonfly") sizes = dragonfly(preset, nodes);
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
  if (preset.contains("node")) sizes["node"] = preset.at("node");
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
