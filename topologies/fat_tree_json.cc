#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/fat_tree.h"
#include "topologies/topology_reader.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostCables = 1000;
constexpr std::int64_t kMostRails = 1024;  // as NICs of a node

}  // namespace

FatTreeSpec read_fat_tree(ObjectReader& reader) {
  FatTreeSpec spec;
  if (reader.has("down") || reader.has("up")) {
    spec.down = reader.integers("down", 1, kMostParts);
    spec.up = reader.integers("up", 1, kMostParts);
    if (reader.has("link_cables")) {
      spec.cables.clear();
      for (const std::int64_t count : reader.integers("link_cables", 1, kMostCables)) {
        spec.cables.push_back(static_cast<int>(count));
      }
    }
    for (const char* key : {"ports", "levels", "oversubscription"}) {
      if (!reader.has(key)) continue;
      throw reader.error_at(key, std::string("'") + key + "' cannot stand beside 'down' and 'up'",
                            "they say the same", "leave one of them out");
    }
  } else {
    spec.ports = reader.integer("ports", 2, kMostParts);
    if (const auto levels = reader.optional_integer("levels", 1, 8)) {
      spec.levels = static_cast<int>(*levels);
    }
    if (reader.has("oversubscription")) {
      // One number or one per level.
      if (reader.value()["oversubscription"].is_number()) {
        spec.oversubscription = {reader.number("oversubscription", 1e-3, 1e3)};
      } else {
        spec.oversubscription = reader.numbers("oversubscription", 1e-3, 1e3);
      }
    }
  }
  spec.link = {read_rate(reader, "link")};
  spec.rails = reader.optional_integer("rails", 1, kMostRails).value_or(1);
  return spec;
}

}  // namespace rehearse
