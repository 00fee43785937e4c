#include "base/json_reader.h"
#include "topologies/shapes/dragonfly_plus.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {

DragonflyPlusSpec read_dragonfly_plus(ObjectReader& reader) {
  DragonflyPlusSpec spec;
  spec.leaves_per_group = reader.integer("leaves_per_group", 1, kMostParts);
  spec.spines_per_group = reader.integer("spines_per_group", 1, kMostParts);
  spec.nodes_per_leaf = reader.integer("nodes_per_leaf", 1, kMostParts);
  spec.global_links_per_spine = reader.integer("global_links_per_spine", 0, kMostParts);
  spec.groups = reader.optional_integer("groups", 1, kMostParts);
  spec.global_links_per_pair = reader.optional_integer("global_links_per_pair", 0, kMostParts);
  spec.arrangement = read_arrangement(reader);
  spec.local = read_rate(reader, "local");
  spec.global = read_rate(reader, "global");
  return spec;
}

}  // namespace rehearse
