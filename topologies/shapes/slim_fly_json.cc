#include "base/json_reader.h"
#include "topologies/shapes/slim_fly.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {

SlimFlySpec read_slim_fly(ObjectReader& reader) {
  SlimFlySpec spec;
  spec.q = reader.optional_integer("q", 3, 1000);
  spec.nodes_per_switch = reader.optional_integer("nodes_per_switch", 1, kMostParts);
  spec.local = read_rate(reader, "local");
  spec.global = read_rate(reader, "global");
  return spec;
}

}  // namespace rehearse
