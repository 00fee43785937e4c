#include "base/json_reader.h"
#include "topologies/shapes/hyperx.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {

HyperXSpec read_hyperx(ObjectReader& reader) {
  HyperXSpec spec;
  spec.dimensions = reader.integers("dimensions", 1, kMostParts);
  spec.nodes_per_switch = reader.optional_integer("nodes_per_switch", 1, kMostParts).value_or(1);
  spec.link_cables = static_cast<int>(reader.optional_integer("link_cables", 1, 1000).value_or(1));
  spec.link = read_rate(reader, "link");
  return spec;
}

}  // namespace rehearse
