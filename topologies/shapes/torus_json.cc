#include "base/json_reader.h"
#include "topologies/shapes/topology_reader.h"
#include "topologies/shapes/torus.h"

namespace rehearse {

TorusSpec read_torus(ObjectReader& reader, bool wraps) {
  TorusSpec spec;
  spec.wraps = wraps;
  if (reader.has("dimensions")) spec.dimensions = reader.integers("dimensions", 1, kMostParts);
  spec.nodes_per_switch = reader.optional_integer("nodes_per_switch", 1, kMostParts).value_or(1);
  spec.link = read_rate(reader, "link");
  return spec;
}

}  // namespace rehearse
