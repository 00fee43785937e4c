#include "apps/network_source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/suggestion.h"
#include "scenarios/find_scenario.h"
#include "scenarios/network_reader.h"
#include "scenarios/profile_library.h"
#include "scenarios/uncalibrated_scenario.h"
#include "topologies/files/attribute_words.h"
#include "topologies/shapes/graph_spec.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

bool is_path(const std::string& spec) {
  static constexpr std::array<std::string_view, 7> kEndings{".json",    ".conf", ".yaml", ".yml",
                                                            ".graphml", ".gml",  ".txt"};
  std::error_code failed;
  return spec.find('/') != std::string::npos ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return spec.ends_with(ending); }) ||
         fs::is_regular_file(spec, failed);
}

// By its ending or its first character; what is neither is left to those who read networks.
bool is_json(const std::string& path) {
  if (path.ends_with(".json")) return true;
  std::error_code failed;
  if (!fs::is_regular_file(path, failed)) return true;  // which then says what is wrong
  char first = 0;
  std::ifstream(path) >> first;
  return first == '{' || first == '/';
}

bool has_key(const JsonDocument& document, const std::string& key) {
  const std::vector<std::string> keys = document.root().keys();
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::string in_quotes(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// A preset's name becomes the network that is this preset and nothing else, as if it stood in
// `file`.
JsonDocument preset_document(const std::string& name, const std::string& file) {
  JsonDocument document = JsonDocument::parse_text("{}", file);
  document.set("preset=" + in_quotes(name));
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
  if (const SwitchGraph* graph = graph_of(*source.spec.topology)) {
    source.remarks = graph->remarks;
    if (!source.spec.node) source.node.nics = std::max(1, static_cast<int>(most_nics(*graph)));
  }
  return source;
}

// A file that lists switches as a network, with what was set and with `more`.
JsonDocument direct_document(const std::string& file, const std::vector<std::string>& sets,
                             const std::vector<std::string>& more) {
  JsonDocument document = JsonDocument::parse_text("{}", file);
  document.set("topology=\"file\"");
  document.set("file=" + in_quotes(fs::path(file).filename().string()));
  for (const auto& list : {sets, more}) {
    for (const std::string& assignment : list) document.set(assignment);
  }
  if (!has_key(document, "link_latency")) {
    document.set("link_latency=" + in_quotes(kDirectLinkLatency));
  }
  if (!has_key(document, "injection_latency")) {
    document.set("injection_latency=" + in_quotes(kDirectInjectionLatency));
  }
  return document;
}

// What would have to be added so that the file can be read; empty if no such thing helps.
std::string missing_keys(const std::string& file, std::optional<std::int64_t> nodes,
                         const std::vector<std::string>& sets) {
  const std::string nics = "injection_bandwidth=\"100 Gbit/s\"";
  const std::string rate = "link_bandwidth=\"100 Gbit/s\"";
  const std::string places = "nodes_per_switch=1";
  const JsonDocument given = direct_document(file, sets, {});
  const auto is_given = [&](const std::string& assignment) {
    return has_key(given, assignment.substr(0, assignment.find('=')));
  };
  const std::vector<std::vector<std::string>> choices{
      {places}, {nics}, {rate}, {nics, places}, {rate, places}};
  for (const auto& more : choices) {
    if (std::any_of(more.begin(), more.end(), is_given)) continue;
    try {
      (void)of_document(direct_document(file, sets, more), file, nodes, {});
    } catch (const Error&) {
      continue;
    }
    std::string keys;
    for (const std::string& key : more) keys += " --set " + key;
    return keys;
  }
  return "";
}

NetworkSource of_graph_file(const std::string& file, std::optional<std::int64_t> nodes,
                            const std::vector<std::string>& sets) {
  const std::string name = fs::path(file).stem().string();
  JsonDocument document = direct_document(file, sets, {});
  const bool own_injection = has_key(document, "injection_bandwidth");
  try {
    NetworkSource source = of_document(std::move(document), name, nodes, {});
    const SwitchGraph* graph = graph_of(*source.spec.topology);
    if (!own_injection && graph != nullptr && !graph->injection) {
      source.remarks.emplace_back(
          "the NICs of the nodes get the rate of the links: --set injection_bandwidth=… changes "
          "it");
    }
    return source;
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::input) throw;
    const std::string keys = missing_keys(file, nodes, sets);
    if (keys.empty()) throw;
    std::vector<std::string> missing;
    const auto note = [&](const char* key, const char* words) {
      if (keys.find(key) != std::string::npos) missing.emplace_back(words);
    };
    note("injection_bandwidth", "how fast the NICs of nodes are");
    note("link_bandwidth", "how fast its links are");
    note("nodes_per_switch", "where nodes hang");
    std::string list = missing.front();
    if (missing.size() > 1) list += " and " + missing.back();
    throw Error::input("the file does not say " + list, "", "add" + keys).at(file, "/");
  }
}

// Only known by its keys: a network's own file names its topology, or a preset.
bool lists_switches(const JsonDocument& document) {
  return !has_key(document, "topology") && !has_key(document, "preset") &&
         (has_key(document, "switches") || has_key(document, "nodes")) &&
         (has_key(document, "links") || has_key(document, "edges"));
}

// A topology's name where a preset's is expected, however it is written.
void expect_no_topology(const std::string& word) {
  for (const std::string& topology : topology_names()) {
    if (plain_word(topology) != plain_word(word)) continue;
    const std::string example =
        topology == "file" ? "topology.conf --set link_bandwidth=\"100 Gbit/s\""
                           : "infiniband-edr-fat-tree --set topology=" + topology + " --nodes 256";
    throw Error::input("'" + word + "' is a topology, not a preset",
                       "it says how switches are joined, but not how fast",
                       "try 'rehearse topology " + example + "'");
  }
}

// A path to no file; it may have been meant for a preset.
Error missing_file(const std::string& path) {
  return Error::input("cannot read the file", "it does not exist",
                      suggestion(fs::path(path).stem().string(), ProfileLibrary().network_names(),
                                 "check the name (rehearse list networks shows the presets)"))
      .at(path, "");
}

NetworkSource of_scenario(const std::string& file, std::optional<std::int64_t> nodes,
                          const std::vector<std::string>& sets) {
  std::vector<std::string> overrides = sets;
  if (nodes) overrides.push_back("cluster.nodes=" + std::to_string(*nodes));
  const Scenario scenario = load_uncalibrated(file, overrides);
  NetworkSource source{scenario.name, scenario.network, scenario.nodes, scenario.node};
  if (const SwitchGraph* graph = graph_of(*source.spec.topology)) source.remarks = graph->remarks;
  return source;
}

}  // namespace

NetworkSource find_network(const std::string& spec, std::optional<std::int64_t> nodes,
                           std::optional<int> devices, const std::vector<std::string>& sets) {
  NetworkSource source;
  if (spec.starts_with('{')) {
    source = of_document(JsonDocument::parse_text(spec, "SPEC"), "network", nodes, sets);
  } else if (!is_path(spec) && !names_scenario(spec)) {
    expect_no_topology(spec);
    source = of_document(preset_document(spec, spec), spec, nodes, sets);
  } else if (!is_path(spec) || is_json(spec)) {
    if (!names_scenario(spec)) throw missing_file(spec);
    JsonDocument document = open_scenario(spec);
    if (has_key(document, "cluster")) {
      source = of_scenario(spec, nodes, sets);
    } else if (lists_switches(document)) {
      source = of_graph_file(spec, nodes, sets);
    } else {
      source = of_document(std::move(document), fs::path(spec).stem().string(), nodes, sets);
    }
  } else {
    source = of_graph_file(spec, nodes, sets);
  }
  if (devices) source.node.devices = *devices;
  return source;
}

}  // namespace rehearse
