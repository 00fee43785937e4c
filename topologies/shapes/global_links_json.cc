#include "base/enum_names.h"
#include "base/json_reader.h"
#include "topologies/shapes/global_links.h"

namespace rehearse {

GlobalArrangement read_arrangement(ObjectReader& reader) {
  constexpr auto kNames =
      enum_names<GlobalArrangement>("round_robin", "absolute", "relative", "circulant");
  return kNames.read_optional(reader, "arrangement").value_or(GlobalArrangement::round_robin);
}

}  // namespace rehearse
