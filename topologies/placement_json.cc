#include <limits>
#include <nlohmann/json.hpp>

#include "base/json_reader.h"
#include "topologies/placement.h"

namespace rehearse {

Placement read_placement(ObjectReader& parent, std::string_view key) {
  Placement placement;
  if (!parent.has(key)) return placement;
  if (parent.raw(key).is_array()) {
    placement.kind = Placement::Kind::explicit_nodes;
    placement.nodes = parent.integers(key, 0, std::numeric_limits<std::int32_t>::max());
    return placement;
  }
  placement.kind = static_cast<Placement::Kind>(
      parent.choice(key, {"contiguous", "random", "group_round_robin"}));
  return placement;
}

}  // namespace rehearse
