#include "apps/network_source.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/json_reader.h"
#include "scenarios/find_scenario.h"
#include "scenarios/network_reader.h"
#include "scenarios/profile_library.h"
#include "scenarios/unmeasured.h"

namespace rehearse {
namespace {

bool is_path(const std::string& spec) {
  return spec.find('/') != std::string::npos || spec.ends_with(".json");
}

bool has_cluster(const JsonDocument& document) {
  const std::vector<std::string> keys = document.root().keys();
  return std::find(keys.begin(), keys.end(), "cluster") != keys.end();
}

// A preset's name becomes the network that is this preset and nothing else, as if it stood in
// `file`.
JsonDocument preset_document(const std::string& name, const std::string& file) {
  JsonDocument document = JsonDocument::parse_text("{}", file);
  std::string quoted;
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  document.set("preset=\"" + quoted + "\"");
  return document;
}

// The nodes of the preset that the document names; none if it names none, or one for any number.
std::optional<std::int64_t> nodes_of_preset(const JsonDocument& document,
                                            ProfileLibrary& profiles) {
  ObjectReader network = document.root();
  if (!network.has("preset")) return {};
  const JsonDocument alone = preset_document(network.string("preset"), document.name());
  return read_network(alone.root(), kDefaultNodes, profiles).nodes;
}

// Another topology for a preset holds the preset's nodes, as far as it has room.
std::int64_t default_nodes(const NetworkSpec& spec, std::optional<std::int64_t> of_preset) {
  if (spec.nodes) return *spec.nodes;
  const std::optional<std::int64_t> room = spec.topology->capacity();
  if (of_preset) return std::min(*of_preset, room.value_or(*of_preset));
  return room.value_or(kDefaultNodes);
}

NetworkSource of_document(JsonDocument document, const std::string& name,
                          std::optional<std::int64_t> nodes, const std::vector<std::string>& sets) {
  for (const std::string& assignment : sets) document.set(assignment);
  ProfileLibrary profiles;
  const std::optional<std::int64_t> of_preset = nodes_of_preset(document, profiles);
  NetworkSource source;
  source.name = name;
  source.spec =
      read_network(document.root(), nodes.value_or(of_preset.value_or(kDefaultNodes)), profiles);
  source.nodes = nodes.value_or(default_nodes(source.spec, of_preset));
  source.node = source.spec.node.value_or(NodeSpec{});
  return source;
}

NetworkSource of_scenario(const std::string& file, std::optional<std::int64_t> nodes,
                          const std::vector<std::string>& sets) {
  std::vector<std::string> overrides = sets;
  if (nodes) overrides.push_back("cluster.nodes=" + std::to_string(*nodes));
  const Scenario scenario = load_unmeasured(file, overrides);
  return {scenario.name, scenario.network, scenario.nodes, scenario.node};
}

}  // namespace

NetworkSource find_network(const std::string& spec, std::optional<std::int64_t> nodes,
                           std::optional<int> devices, const std::vector<std::string>& sets) {
  NetworkSource source;
  if (spec.starts_with('{')) {
    source = of_document(JsonDocument::parse_text(spec, "SPEC"), "network", nodes, sets);
  } else if (!is_path(spec) && !names_scenario(spec)) {
    source = of_document(preset_document(spec, spec), spec, nodes, sets);
  } else {
    JsonDocument document = open_scenario(spec);
    source = has_cluster(document)
                 ? of_scenario(spec, nodes, sets)
                 : of_document(std::move(document), std::filesystem::path(spec).stem().string(),
                               nodes, sets);
  }
  if (devices) source.node.devices = *devices;
  return source;
}

}  // namespace rehearse
