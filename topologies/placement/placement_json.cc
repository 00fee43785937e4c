#include <limits>
#include <nlohmann/json.hpp>

#include "base/enum_names.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

constexpr double kLeastFree = 1e-6;  // one node of the largest machine

// The kinds that need no more than their word.
constexpr auto kPlainNames =
    enum_names<Placement::Kind>("contiguous", "random", "group_round_robin");

Placement read_object(ObjectReader reader) {
  std::vector<std::string> names = kPlainNames.words();
  names.emplace_back("linear");
  Placement placement;
  const std::size_t kind = reader.choice("kind", names);
  if (names[kind] != "linear") {
    placement.kind = kPlainNames.at(kind);
  } else {
    placement.kind = Placement::Kind::linear;
    placement.free = reader.number("free", kLeastFree, 1);
  }
  reader.finish();
  return placement;
}

}  // namespace

Placement read_placement(ObjectReader& parent, std::string_view key) {
  Placement placement;
  if (!parent.has(key)) return placement;
  if (parent.raw(key).is_array()) {
    placement.kind = Placement::Kind::explicit_nodes;
    placement.nodes = parent.integers(key, 0, std::numeric_limits<std::int32_t>::max());
    return placement;
  }
  if (parent.raw(key).is_object()) return read_object(parent.object(key));
  if (parent.raw(key) == "linear") {
    throw parent.error_at(key, "'linear' needs to know how much of the machine is free", "",
                          R"(write {"kind": "linear", "free": 0.5})");
  }
  placement.kind = kPlainNames.read(parent, key);
  return placement;
}

Placement::Mapping read_mapping(ObjectReader& parent, std::string_view key) {
  constexpr auto kNames = enum_names<Placement::Mapping>("block", "round_robin");
  return kNames.read_optional(parent, key).value_or(Placement::Mapping::block);
}

}  // namespace rehearse
