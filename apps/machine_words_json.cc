#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/machine_words.h"
#include "apps/options.h"
#include "base/error.h"
#include "base/suggestion.h"
#include "scenarios/find_scenario.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"
#include "topologies/graph/network_spec.h"

namespace rehearse {
namespace {

using Json = nlohmann::json;

// A path in a scenario starts from its folder.
void make_absolute(const std::filesystem::path& folder, const char* pointer, Json& cluster) {
  const Json::json_pointer place(pointer);
  if (!cluster.contains(place) || !cluster.at(place).is_string()) return;
  const std::string word = cluster.at(place).get<std::string>();
  if (is_profile_path(word)) cluster[place] = std::filesystem::absolute(folder / word).string();
}

Json cluster_of_scenario(const JsonDocument& scenario) {
  Json cluster = scenario.value().at("cluster");
  const std::filesystem::path folder = std::filesystem::path(scenario.name()).parent_path();
  for (const char* pointer : {"/node/device", "/network/preset", "/network/stack"}) {
    make_absolute(folder, pointer, cluster);
  }
  return cluster;
}

Json cluster_of_preset(const std::string& word) {
  ProfileLibrary profiles;
  const NetworkSpec spec = read_network_spec(profiles.network(word, "").root());
  const auto nodes = spec.nodes ? spec.nodes : spec.topology->capacity();
  if (!spec.device || !nodes) {
    throw Error::input("--machine '" + word + "' is a network that does not tell its " +
                           (spec.device ? "nodes" : "device"),
                       "", "give a scenario with this network, whose cluster is taken");
  }
  return {{"nodes", *nodes},
          {"node", {{"device", *spec.device}}},
          {"network", {{"preset", word_or_path(word)}}}};
}

bool is_preset(const std::string& word) {
  if (is_profile_path(word)) {
    return !JsonDocument::parse_file(word).value().contains("cluster");
  }
  const std::vector<std::string> names = ProfileLibrary().network_names();
  return std::ranges::find(names, word) != names.end();
}

}  // namespace

NamedMachine machine_of(const std::string& word) {
  const std::string name = std::filesystem::path(word).stem().string();
  Json cluster;
  if (is_preset(word)) {
    cluster = cluster_of_preset(word);
  } else if (names_scenario(word)) {
    const JsonDocument scenario = open_scenario(word);
    if (!scenario.value().contains("cluster")) {
      throw Error::input("--machine '" + word + "' has no cluster", "",
                         "give a scenario, or a network preset");
    }
    cluster = cluster_of_scenario(scenario);
  } else {
    throw Error::input(
        "--machine '" + word + "' is no network preset and no scenario", "",
        suggestion(word, ProfileLibrary().network_names(), "see rehearse list networks"));
  }
  return {name, "cluster=" + cluster.dump()};
}

std::optional<CutSweep> sweep_that_fits(JsonDocument scenario) {
  const std::optional<std::string> note = cut_sweep(scenario);
  if (!note) return std::nullopt;
  return CutSweep{*note, "sweep=" + scenario.value().at("sweep").dump()};
}

}  // namespace rehearse
