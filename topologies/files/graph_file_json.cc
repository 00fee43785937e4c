// The topology `file`: finds the file and tells its format.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/text_file.h"
#include "topologies/files/graph_format.h"
#include "topologies/files/graph_readers.h"
#include "topologies/shapes/graph_spec.h"
#include "topologies/shapes/topology_reader.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_other(const OtherFormat& other, const std::string& file) {
  const std::string seems = other.name.empty() ? "" : "this seems to be " + other.name + ", and ";
  throw Error::input(seems + (seems.empty() ? "this " : "") + "is no network graph",
                     known_graph_formats(), other.remedy)
      .at(file, "/");
}

// Of a file that is no text: refuses it by the name that its first bytes tell, if they do.
void expect_no_other_format(const std::string& path) {
  std::string head(256, ' ');
  std::ifstream(path, std::ios::binary).read(head.data(), std::ssize(head));
  const OtherFormat other = other_format(head);
  if (!other.name.empty() && other.name != kBinary) refuse_other(other, path);
}

std::string text_of(const ObjectReader& reader, const std::string& word, const fs::path& path) {
  std::error_code failed;
  const bool printable = word.find('\0') == std::string::npos;
  if (!printable || !fs::is_regular_file(path, failed)) {
    throw reader.error_at("file", "network graph '" + word + "' is not a file",
                          "the path is taken from the folder of the file that names it",
                          "check the path");
  }
  try {
    return read_text_file(path.string());
  } catch (const Error&) {
    if (fs::file_size(path, failed) <= kLargestTextFile) expect_no_other_format(path.string());
    throw;
  }
}

void attach_nodes(ObjectReader& reader, SwitchGraph& graph) {
  const auto each = reader.optional_integer("nodes_per_switch", 1, kMostParts);
  if (!graph.nodes.empty()) {
    if (!each) return;
    graph.remarks.emplace_back(
        "'nodes_per_switch' is not used: the network file says itself where its nodes hang");
    return;
  }
  if (!each) {
    throw reader.error_at("file", "the file has no nodes, only switches", "",
                          "add them, or give 'nodes_per_switch'");
  }
  const auto switches = static_cast<std::int64_t>(graph.switches.size());
  expect_size(static_cast<double>(switches) * static_cast<double>(*each), 0);
  for (std::int64_t i = 0; i < switches * *each; ++i) graph.nodes.push_back({i / *each});
}

template <class Value>
std::optional<Value> positive(const ObjectReader& reader, const char* key,
                              std::optional<Value> value) {
  if (value != Value(0)) return value;
  throw reader.error_at(key, "zero moves nothing", "", "give a positive value");
}

SwitchGraph read_any_json(const ObjectReader& reader, const LinkDefaults& defaults) {
  const nlohmann::json& all = reader.value();
  if (all.contains("switches")) return read_json_graph(reader, defaults);
  const bool linked = all.contains("links") || all.contains("edges");
  if (all.contains("nodes") && linked) return read_node_link_graph(reader, defaults);
  OtherFormat other{"JSON of another kind"};
  if (all.contains("model") || all.contains("cluster") || all.contains("training")) {
    other = {"a scenario", "give it as the scenario, not as the 'file' of a network"};
  } else if (all.contains("topology")) {
    other = {"a network that names its topology", "give it in the place of this network"};
  } else if (all.contains("model_type") || all.contains("architectures")) {
    other = {"a model's config.json", "give it in 'model': {\"hf_config\": …}"};
  }
  refuse_other(other, reader.file());
}

}  // namespace

SwitchGraph read_switch_graph(const std::string& text, const std::string& file,
                              const LinkDefaults& defaults) {
  const auto format = graph_format(text);
  if (!format) refuse_other(other_format(text), file);
  switch (*format) {
    case GraphFormat::json: {
      const JsonDocument document = JsonDocument::parse_text(text, file);
      return read_any_json(document.root(), defaults);
    }
    case GraphFormat::graphml:
      return read_graphml(text, file, defaults);
    case GraphFormat::gml:
      return read_gml(text, file, defaults);
    case GraphFormat::slurm_conf:
      return read_slurm_topology(text, file, defaults);
    case GraphFormat::slurm_yaml:
      return read_slurm_yaml(text, file, defaults);
    case GraphFormat::ibnetdiscover:
      return read_ibnetdiscover(text, file, defaults);
  }
  refuse_other(other_format(text), file);
}

GraphSpec read_graph_spec(ObjectReader& reader) {
  const std::string word = reader.string("file");
  const fs::path path = (fs::path(reader.file()).parent_path() / word).lexically_normal();
  const LinkDefaults defaults{
      positive(reader, "link_bandwidth", reader.optional_bandwidth("link_bandwidth")),
      reader.optional_duration("link_latency"),
      positive(reader, "rate_unit", reader.optional_bandwidth("rate_unit")),
      positive(reader, "latency_unit", reader.optional_duration("latency_unit"))};
  SwitchGraph graph;
  try {
    graph = read_switch_graph(text_of(reader, word, path), path.string(), defaults);
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path() + "/file");
  }
  attach_nodes(reader, graph);
  GraphSpec spec;
  spec.file = word;
  spec.graph = std::make_shared<const SwitchGraph>(std::move(graph));
  return spec;
}

}  // namespace rehearse
