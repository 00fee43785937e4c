#include <limits>

#include "base/json_reader.h"
#include "topologies/graph/failed_parts.h"

namespace rehearse {

FailedParts read_failed_parts(ObjectReader reader) {
  FailedParts failed;
  failed.file = reader.file();
  failed.path = reader.path();
  if (reader.has("links")) failed.links = reader.strings("links");
  if (reader.has("switches")) failed.switches = reader.strings("switches");
  failed.link_fraction = reader.optional_number("link_fraction", 0, 1).value_or(0);
  failed.switch_fraction = reader.optional_number("switch_fraction", 0, 1).value_or(0);
  constexpr std::int64_t kMostSeed = std::numeric_limits<std::int64_t>::max();
  failed.seed =
      static_cast<std::uint64_t>(reader.optional_integer("seed", 0, kMostSeed).value_or(1));
  reader.finish();
  return failed;
}

}  // namespace rehearse
