#include "scenarios/network_reader.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scenarios/topology_defaults.h"

namespace rehearse {
namespace {

using nlohmann::json;

// "prset" is an unknown key of no reader below this one; name it here.
void expect_own_keys(const ObjectReader& network) {
  const std::vector<std::string> own{"preset", "stack"};
  for (const std::string& key : network.keys()) {
    const auto near = nearest(key, own);
    if (!near || *near == key) continue;
    throw network.error_at(key, "unknown key '" + key + "'", "", "did you mean '" + *near + "'?");
  }
}

json without_nulls(const json& object) {
  json all = object;
  all.merge_patch(object);  // of a key and null it removes the key
  return all;
}

// Null removes what the preset says.
void merge(json& base, const json& given) {
  for (const auto& [key, value] : given.items()) {
    const auto old = base.find(key);
    if (value.is_null()) {
      base.erase(key);
    } else if (key == "node" && old != base.end() && old->is_object() && value.is_object()) {
      old->merge_patch(value);
    } else if (key == "provenance" && old != base.end() && old->is_array() && value.is_array()) {
      old->insert(old->end(), value.begin(), value.end());
    } else {
      base[key] = value;
    }
  }
}

// The rates and counts that the scenario changed are no longer the preset's word.
std::vector<std::string> quantities(const json& given) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : given.items()) {
    static constexpr std::array kOther{"topology", "routing", "provenance", "description", "stack"};
    if (std::find(kOther.begin(), kOther.end(), key) == kOther.end()) keys.push_back(key);
  }
  return keys;
}

bool asks_for_another(const json& given, const json& preset) {
  const auto asked = given.find("topology");
  return asked != given.end() && asked->is_string() && *asked != preset.at("topology");
}

// The path at `key`, if one stands there, in words that hold from any folder.
void make_absolute(json& preset, const char* key, const std::filesystem::path& folder) {
  const auto path = preset.find(key);
  if (path != preset.end()) *path = (folder / path->get<std::string>()).lexically_normal().string();
}

// Files that the preset names are looked for beside the preset.
json preset_of(ObjectReader& network, ProfileLibrary& profiles) {
  const std::string word = network.string("preset");
  try {
    const JsonDocument& document = profiles.network(word, network.file());
    json preset = document.value();
    const auto folder = std::filesystem::absolute(document.name()).parent_path();
    make_absolute(preset, "file", folder);
    if (is_profile_path(preset.value("stack", ""))) make_absolute(preset, "stack", folder);
    return preset;
  } catch (const Error& error) {
    throw error.at(network.file(), network.path() + "/preset");
  }
}

}  // namespace

NetworkSpec read_network(ObjectReader network, std::int64_t nodes, ProfileLibrary& profiles) {
  expect_own_keys(network);
  json given = network.value();
  given.erase("preset");
  json merged = json::object();
  if (network.has("preset")) {
    const json preset = preset_of(network, profiles);
    merged = asks_for_another(given, preset)
                 ? with_topology_defaults(preset, without_nulls(given), nodes)
                 : preset;
  }
  merge(merged, given);
  NetworkSpec spec = read_network_spec({merged, network.file(), network.path()});
  if (const auto keys = quantities(given); !keys.empty() && !given.contains("provenance")) {
    spec.provenance.push_back({list_of(keys), "given in the scenario", Provenance::Kind::assumed});
  }
  return spec;
}

}  // namespace rehearse
