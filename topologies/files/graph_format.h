// Which of the formats that list a network a text is in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rehearse {

enum class GraphFormat {
  json,  // of any kind: its keys tell which
  graphml,
  gml,
  slurm_conf,
  slurm_yaml,
  ibnetdiscover
};

// Told by how the text begins and what its lines look like; none if it is no network that is read.
std::optional<GraphFormat> graph_format(std::string_view text);
// In words, for messages: "Slurm topology".
std::string_view to_text(GraphFormat format);

// What a text of another kind seems to be, and what to do with it where that can be told.
struct OtherFormat {
  std::string name;  // "a platform of SimGrid"; empty if that cannot be told
  std::string remedy = {};
};
inline constexpr const char* kBinary = "a binary file";
OtherFormat other_format(std::string_view text);

// "read are Slurm's topology.conf and topology.yaml, GraphML, …"
std::string known_graph_formats();

}  // namespace rehearse
