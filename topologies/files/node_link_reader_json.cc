// The JSON of networkx (node_link_data) and D3: vertices and edges with attributes.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/files/attribute_graph.h"
#include "topologies/files/graph_readers.h"

namespace rehearse {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

const json& array_at(const ObjectReader& reader, const json& all, const char* key) {
  const auto found = all.find(key);
  if (found != all.end() && found->is_array()) return *found;
  throw reader.error_at(key, "expected an array of objects");
}

void add_values(const json& object, std::initializer_list<const char*> own, AttributeGraph& graph,
                std::vector<AttributeGraph::Value>& values) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(own.begin(), own.end(), key) != own.end()) continue;
    if (value.is_string() || value.is_number()) values.push_back({graph.key(key), text_of(value)});
  }
}

class NodeLinkReader {
 public:
  explicit NodeLinkReader(const ObjectReader& reader) : reader_(reader), all_(reader.value()) {}

  AttributeGraph read() {
    const json& nodes = array_at(reader_, all_, "nodes");
    for (std::size_t i = 0; i < nodes.size(); ++i) read_node(nodes[i], i);
    const char* list = all_.contains("links") ? "links" : "edges";
    const bool directed = all_.contains("directed") && all_.at("directed") == true;
    const json& links = array_at(reader_, all_, list);
    for (std::size_t i = 0; i < links.size(); ++i) read_link(links[i], directed, list, i);
    return std::move(graph_);
  }

 private:
  void read_node(const json& node, std::size_t number) {
    if (!node.is_object()) {
      throw reader_.error_at("nodes/" + std::to_string(number), "expected an object with an 'id'");
    }
    const bool has_id = node.contains("id") && !node.at("id").is_structured();
    AttributeGraph::Vertex& vertex =
        graph_.add_vertex(has_id ? text_of(node.at("id")) : std::to_string(number), 0);
    add_values(node, {"id"}, graph_, vertex.values);
  }

  void read_link(const json& link, bool directed, const char* list, std::size_t number) {
    const std::string path = std::string(list) + "/" + std::to_string(number);
    if (!link.is_object()) throw reader_.error_at(path, "expected an object with 'source'");
    for (const char* end : {"source", "target"}) {
      if (link.contains(end) && !link.at(end).is_structured()) continue;
      throw reader_.error_at(path + "/" + end, std::string("the link has no '") + end + "'");
    }
    AttributeGraph::Edge& edge =
        graph_.add_edge(text_of(link.at("source")), text_of(link.at("target")), directed);
    add_values(link, {"source", "target"}, graph_, edge.values);
  }

  const ObjectReader& reader_;
  const json& all_;
  AttributeGraph graph_;
};

}  // namespace

SwitchGraph read_node_link_graph(ObjectReader reader, const LinkDefaults& defaults) {
  const AttributeGraph raw = NodeLinkReader(reader).read();
  return graph_of_attributes(raw, reader.file(), defaults);
}

}  // namespace rehearse
