#include <algorithm>

#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/build.h"
#include "topologies/network_spec.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMost = kMostVertices;  // of anything that is counted

LinkRate read_rate(ObjectReader& reader, const std::string& prefix) {
  const LinkRate rate{reader.bandwidth(prefix + "_bandwidth"),
                      reader.duration(prefix + "_latency")};
  if (rate.bandwidth == Bandwidth(0)) {
    throw reader.error_at(prefix + "_bandwidth", "a bandwidth of zero moves nothing", "",
                          "give a positive rate");
  }
  return rate;
}

// Known names that do not work yet are refused by name; the others by the list of those that do.
std::size_t read_choice(ObjectReader& reader, const std::string& key,
                        const std::vector<std::string>& works,
                        const std::vector<std::string>& later) {
  const std::string name = reader.string(key);
  if (std::find(later.begin(), later.end(), name) != later.end()) {
    throw reader.error_at(key, "the " + key + " '" + name + "' does not work yet", "",
                          "use " + list_of(works));
  }
  return reader.choice(key, works);
}

FatTreeSpec read_fat_tree(ObjectReader& reader) {
  FatTreeSpec spec;
  if (reader.has("down") || reader.has("up")) {
    spec.down = reader.integers("down", 1, kMost);
    spec.up = reader.integers("up", 1, kMost);
    for (const char* key : {"ports", "levels", "oversubscription"}) {
      if (!reader.has(key)) continue;
      throw reader.error_at(key, std::string("'") + key + "' cannot stand beside 'down' and 'up'",
                            "they say the same", "leave one of them out");
    }
  } else {
    spec.ports = reader.integer("ports", 2, kMost);
    if (const auto levels = reader.optional_integer("levels", 1, 8)) {
      spec.levels = static_cast<int>(*levels);
    }
    if (reader.has("oversubscription")) {
      spec.oversubscription = reader.numbers("oversubscription", 1e-3, 1e3);
    }
  }
  spec.link = {read_rate(reader, "link")};
  return spec;
}

DragonflySpec read_dragonfly(ObjectReader& reader) {
  DragonflySpec spec;
  spec.chassis_per_group = reader.optional_integer("chassis_per_group", 1, kMost).value_or(1);
  const bool aries = spec.chassis_per_group > 1;
  spec.routers_per_chassis =
      reader.integer(aries ? "routers_per_chassis" : "routers_per_group", 1, kMost);
  spec.nodes_per_router = reader.integer("nodes_per_router", 1, kMost);
  spec.global_links_per_router = reader.integer("global_links_per_router", 0, kMost);
  spec.groups = reader.optional_integer("groups", 1, kMost);
  spec.global_links_per_pair = reader.optional_integer("global_links_per_pair", 0, kMost);
  spec.local = read_rate(reader, "local");
  if (aries) {
    spec.local2 = read_rate(reader, "local2");
    spec.local2_cables =
        static_cast<int>(reader.optional_integer("local2_cables", 1, 1000).value_or(1));
  }
  spec.global = read_rate(reader, "global");
  return spec;
}

}  // namespace

NodeSpec read_node_spec(ObjectReader reader) {
  NodeSpec node;
  node.devices = static_cast<int>(reader.optional_integer("devices", 1, 1024).value_or(1));
  node.nics = static_cast<int>(reader.optional_integer("nics", 1, 1024).value_or(1));
  const bool has_rate = reader.has("device_bandwidth") || reader.has("device_latency");
  if (has_rate || node.devices > 1) node.device = read_rate(reader, "device");
  reader.finish();
  return node;
}

NetworkSpec read_network_spec(ObjectReader reader) {
  NetworkSpec spec;
  spec.description = reader.optional_string("description").value_or("");
  spec.nodes = reader.optional_integer("nodes", 1, 1'000'000);
  const std::size_t topology =
      read_choice(reader, "topology", {"single_switch", "fat_tree", "dragonfly"},
                  {"torus", "mesh", "hyperx", "slim_fly", "hypercube", "jellyfish", "file"});
  if (reader.has("routing")) {
    read_choice(reader, "routing", {"minimal"}, {"ecmp", "valiant", "ugal", "adaptive"});
  }
  spec.injection = read_rate(reader, "injection");
  if (topology == 1) spec.shape = read_fat_tree(reader);
  if (topology == 2) spec.shape = read_dragonfly(reader);
  if (auto node = reader.optional_object("node")) spec.node = read_node_spec(*node);
  spec.provenance = read_provenance(reader, "provenance");
  reader.finish();
  return spec;
}

}  // namespace rehearse
