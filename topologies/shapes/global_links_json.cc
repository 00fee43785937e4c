#include "base/json_reader.h"
#include "topologies/shapes/global_links.h"

namespace rehearse {

GlobalArrangement read_arrangement(ObjectReader& reader) {
  const auto choice =
      reader.optional_choice("arrangement", {"round_robin", "absolute", "relative", "circulant"});
  return static_cast<GlobalArrangement>(choice.value_or(0));  // in the order of the enumeration
}

}  // namespace rehearse
