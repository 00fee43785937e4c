#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostCables = 1000;
constexpr std::int64_t kMostRails = 1024;  // as NICs of a node
constexpr double kLeastRatio = 1e-3;
constexpr double kMostRatio = 1e3;

// A number, as JSON or in a text, or "2:1"; none if it is something else.
std::optional<double> ratio_in(std::string_view text) {
  std::array<double, 2> parts{0, 1};
  std::size_t part = 0;
  for (;;) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), parts.at(part));
    if (error != std::errc() || !(parts.at(part) > 0)) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return parts[0] / parts[1];
    if (part == 1 || text.front() != ':') return {};
    text.remove_prefix(1);
    ++part;
  }
}

double read_ratio(const ObjectReader& reader, const std::string& place, const json& value) {
  std::optional<double> ratio;
  if (value.is_number()) ratio = value.get<double>();
  if (value.is_string()) ratio = ratio_in(value.get_ref<const std::string&>());
  if (ratio && *ratio >= kLeastRatio && *ratio <= kMostRatio) return *ratio;
  throw reader.error_at(
      place,
      "'" + (value.is_string() ? value.get<std::string>() : value.dump()) + "' is not down : up",
      "a ratio lies between 0.001 and 1000", "write 2, \"2:1\" or [2, 1]");
}

// One ratio or one per level: 2, "2:1", [2, 1], "[2, 1]".
std::vector<double> read_oversubscription(ObjectReader& reader) {
  const std::string key = "oversubscription";
  json value = reader.raw(key);
  if (value.is_string() && value.get_ref<const std::string&>().starts_with('[')) {
    json list = json::parse(value.get_ref<const std::string&>(), nullptr, false);
    if (list.is_array()) value = std::move(list);
  }
  if (!value.is_array()) return {read_ratio(reader, key, value)};
  std::vector<double> ratios;
  for (std::size_t i = 0; i < value.size(); ++i) {
    ratios.push_back(read_ratio(reader, key + "/" + std::to_string(i), value[i]));
  }
  return ratios;
}

// One number or one per level.
std::vector<int> read_cables(ObjectReader& reader) {
  const std::string key = "link_cables";
  std::vector<std::int64_t> counts;
  if (reader.raw(key).is_array()) {
    counts = reader.integers(key, 1, kMostCables);
  } else {
    counts = {reader.integer(key, 1, kMostCables)};
  }
  return {counts.begin(), counts.end()};
}

}  // namespace

FatTreeSpec read_fat_tree(ObjectReader& reader) {
  FatTreeSpec spec;
  if (reader.has("down") || reader.has("up")) {
    spec.down = reader.integers("down", 1, kMostParts);
    spec.up = reader.integers("up", 1, kMostParts);
    if (reader.has("link_cables")) spec.cables = read_cables(reader);
    for (const char* key : {"ports", "levels", "oversubscription"}) {
      if (!reader.has(key)) continue;
      throw reader.error_at(key, std::string("'") + key + "' cannot stand beside 'down' and 'up'",
                            "they say the same", "leave one of them out");
    }
  } else {
    spec.ports = reader.integer("ports", 2, kMostParts);
    if (const auto levels = reader.optional_integer("levels", 1, 8)) {
      spec.levels = static_cast<int>(*levels);
    }
    if (reader.has("oversubscription")) spec.oversubscription = read_oversubscription(reader);
  }
  spec.link = {read_rate(reader, "link")};
  spec.rails = reader.optional_integer("rails", 1, kMostRails).value_or(1);
  return spec;
}

}  // namespace rehearse
