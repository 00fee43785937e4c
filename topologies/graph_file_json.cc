// The topology `file`: finds the file and tells its format.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/graph_spec.h"
#include "topologies/topology_reader.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{64} << 20;  // as of JSON documents

std::string text_of(const ObjectReader& reader, const std::string& word, const fs::path& path) {
  std::error_code failed;
  const bool printable = word.find('\0') == std::string::npos;
  if (!printable || !fs::is_regular_file(path, failed)) {
    throw reader.error_at("file", "network graph '" + word + "' is not a file",
                          "the path is taken from the folder of the file that names it",
                          "check the path");
  }
  if (fs::file_size(path, failed) > kMostBytes) {
    throw reader.error_at("file", "network graph '" + word + "' is too large",
                          "files above 64 MiB are refused");
  }
  std::ifstream input(path, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  if (!input) throw Error::environment("cannot read " + path.string());
  return text.str();
}

void attach_nodes(ObjectReader& reader, SwitchGraph& graph) {
  const auto each = reader.optional_integer("nodes_per_switch", 1, kMostParts);
  if (graph.nodes.empty() != each.has_value()) {
    if (each) {
      throw reader.error_at("nodes_per_switch", "the file says itself where its nodes hang", "",
                            "leave the key out");
    }
    throw reader.error_at("file", "the file has no nodes, only switches", "",
                          "add them, or give 'nodes_per_switch'");
  }
  if (!each) return;
  const auto switches = static_cast<std::int64_t>(graph.switches.size());
  expect_size(static_cast<double>(switches) * static_cast<double>(*each), 0);
  for (std::int64_t i = 0; i < switches * *each; ++i) graph.nodes.push_back({i / *each});
}

}  // namespace

SwitchGraph read_switch_graph(const std::string& text, const std::string& file,
                              const LinkDefaults& defaults) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const char begin = first == std::string::npos ? '\0' : text[first];
  if (begin == '<') return read_graphml(text, file, defaults);
  if (begin != '{') return read_slurm_topology(text, file, defaults);
  return read_json_graph(JsonDocument::parse_text(text, file).root(), defaults);
}

GraphSpec read_graph_spec(ObjectReader& reader) {
  const std::string word = reader.string("file");
  const fs::path path = (fs::path(reader.file()).parent_path() / word).lexically_normal();
  LinkDefaults defaults{reader.optional_bandwidth("link_bandwidth"),
                        reader.optional_duration("link_latency")};
  if (defaults.bandwidth == Bandwidth(0)) {
    throw reader.error_at("link_bandwidth", "a bandwidth of zero moves nothing", "",
                          "give a positive rate");
  }
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
