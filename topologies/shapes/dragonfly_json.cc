#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {

DragonflySpec read_dragonfly(ObjectReader& reader) {
  DragonflySpec spec;
  spec.chassis_per_group = reader.optional_integer("chassis_per_group", 1, kMostParts).value_or(1);
  const bool aries = spec.chassis_per_group > 1;
  spec.routers_per_chassis =
      reader.integer(aries ? "routers_per_chassis" : "routers_per_group", 1, kMostParts);
  spec.nodes_per_router = reader.integer("nodes_per_router", 1, kMostParts);
  spec.global_links_per_router = reader.integer("global_links_per_router", 0, kMostParts);
  spec.groups = reader.optional_integer("groups", 1, kMostParts);
  spec.global_links_per_pair = reader.optional_integer("global_links_per_pair", 0, kMostParts);
  spec.arrangement = read_arrangement(reader);
  spec.local = read_rate(reader, "local");
  if (aries) {
    spec.local2 = read_rate(reader, "local2");
    spec.local2_cables =
        static_cast<int>(reader.optional_integer("local2_cables", 1, 1000).value_or(1));
  }
  spec.global = read_rate(reader, "global");
  return spec;
}

}  // namespace rehearse
