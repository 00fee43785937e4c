// GraphML (Brandes et al., "GraphML progress report", GD 2001), as networkx, yEd, Gephi and the
// Topology Zoo write it, read piece by piece: nothing grows with the depth of the file, and what it
// holds is counted as it comes.
#include <expat.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "topologies/files/attribute_graph.h"
#include "topologies/files/graph_readers.h"

namespace rehearse {
namespace {

enum class Element { graphml, key, graph, node, edge, data, fallback, drawn_label, other };

class GraphmlParser {
 public:
  explicit GraphmlParser(const std::string& file)
      : file_(file), parser_(XML_ParserCreate(nullptr)) {
    if (parser_ == nullptr) throw Error::environment("there is no memory to read XML");
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, begin, end);
    XML_SetCharacterDataHandler(parser_, characters);
    XML_SetEntityDeclHandler(parser_, entity);
  }
  GraphmlParser(const GraphmlParser&) = delete;
  GraphmlParser& operator=(const GraphmlParser&) = delete;
  ~GraphmlParser() { XML_ParserFree(parser_); }

  AttributeGraph parse(const std::string& text) {
    const auto length = static_cast<int>(text.size());  // files are far below 2 GiB
    const XML_Status status = XML_Parse(parser_, text.data(), length, XML_TRUE);
    if (trouble_) throw trouble_->at(file_, "line " + std::to_string(line()));
    if (status != XML_STATUS_OK) {
      throw Error::input("this is no XML", XML_ErrorString(XML_GetErrorCode(parser_)),
                         "check that the file is whole")
          .at(file_, "line " + std::to_string(line()));
    }
    return std::move(graph_);
  }

 private:
  struct Key {
    std::int32_t number;  // in the graph
    bool of_nodes, of_edges;
  };

  // Handlers are called by C code, through which no exception may pass.
  template <class Handle>
  static void guarded(void* user, Handle handle) {
    auto& self = *static_cast<GraphmlParser*>(user);
    if (self.trouble_) return;
    try {
      handle(self);
    } catch (const Error& error) {
      self.trouble_ = error;
      XML_StopParser(self.parser_, XML_FALSE);
    }
  }
  static void begin(void* user, const XML_Char* name, const XML_Char** attributes) {
    guarded(user, [&](GraphmlParser& self) { self.open(name, attributes); });
  }
  static void end(void* user, const XML_Char*) {
    guarded(user, [](GraphmlParser& self) { self.close(); });
  }
  static void characters(void* user, const XML_Char* text, int length) {
    guarded(user, [&](GraphmlParser& self) {
      if (self.wants_text()) self.text_.append(text, static_cast<std::size_t>(length));
    });
  }
  // They can make a small file grow beyond all bounds.
  static void entity(void* user, const XML_Char*, int, const XML_Char*, int, const XML_Char*,
                     const XML_Char*, const XML_Char*, const XML_Char*) {
    guarded(user, [](GraphmlParser&) {
      throw Error::input("the file declares entities of its own", "they are not read",
                         "write the text itself");
    });
  }

  [[nodiscard]] std::int64_t line() const {
    return static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser_));
  }
  [[nodiscard]] bool wants_text() const {
    if (open_.empty()) return false;
    const Element element = open_.back();
    return element == Element::data || element == Element::fallback ||
           element == Element::drawn_label;
  }

  // The name without its namespace.
  static std::string_view local_name(std::string_view name) {
    return name.substr(name.rfind(':') + 1);
  }

  static std::string attribute(const XML_Char** attributes, std::string_view name) {
    for (; *attributes != nullptr; attributes += 2) {
      if (attributes[0] == name) return attributes[1];
    }
    return "";
  }

  void open(std::string_view full_name, const XML_Char** attributes) {
    const std::string_view name = local_name(full_name);
    if (open_.empty() && name != "graphml") {
      throw Error::input("this is no GraphML",
                         "its outermost element is <" + std::string(full_name.substr(0, 40)) + ">");
    }
    if (open_.size() == kDeepestNesting) {
      throw Error::input("elements are nested deeper than " + std::to_string(kDeepestNesting));
    }
    Element element = Element::other;
    if (open_.empty()) element = Element::graphml;
    if (name == "key") element = open_key(attributes);
    if (name == "graph") element = open_graph(attributes);
    if (name == "node") element = open_node(attributes);
    if (name == "edge") element = open_edge(attributes);
    if (name == "data") element = open_data(attributes);
    if (name == "default" && inside(Element::key)) element = Element::fallback;
    if (name == "NodeLabel" || name == "EdgeLabel") element = Element::drawn_label;
    if (name == "hyperedge") {
      throw Error::input("hyperedges are not read", "", "write an edge for each two ends");
    }
    if (element == Element::data || element == Element::fallback ||
        element == Element::drawn_label) {
      text_.clear();
    }
    open_.push_back(element);
  }

  [[nodiscard]] bool inside(Element element) const {
    return !open_.empty() && open_.back() == element;
  }

  Element open_key(const XML_Char** attributes) {
    const std::string of = attribute(attributes, "for");
    std::string name = attribute(attributes, "attr.name");
    // Drawings of yEd have no name; their labels are read by themselves.
    drawn_ = name.empty() && !attribute(attributes, "yfiles.type").empty();
    if (name.empty()) name = attribute(attributes, "id");
    const bool all = of.empty() || of == "all";
    last_key_ = {drawn_ ? -1 : graph_.key(name), all || of == "node", all || of == "edge"};
    keys_.insert_or_assign(attribute(attributes, "id"), last_key_);
    return Element::key;
  }

  Element open_graph(const XML_Char** attributes) {
    const bool directed = attribute(attributes, "edgedefault") == "directed";
    if (!nodes_.empty()) graph_.vertices[nodes_.back()].is_group = true;
    directed_.push_back(directed);
    return Element::graph;
  }

  Element open_node(const XML_Char** attributes) {
    std::string id = attribute(attributes, "id");
    if (id.empty()) throw Error::input("a node has no 'id'");
    graph_.add_vertex(std::move(id), line());
    nodes_.push_back(graph_.vertices.size() - 1);
    return Element::node;
  }

  Element open_edge(const XML_Char** attributes) {
    std::string source = attribute(attributes, "source");
    std::string target = attribute(attributes, "target");
    if (source.empty() || target.empty()) throw Error::input("an edge has no 'source' or 'target'");
    const std::string own = attribute(attributes, "directed");
    const bool by_default = !directed_.empty() && directed_.back();
    graph_.add_edge(std::move(source), std::move(target), own.empty() ? by_default : own == "true");
    return Element::edge;
  }

  Element open_data(const XML_Char** attributes) {
    data_key_ = -1;
    const std::string id = attribute(attributes, "key");
    const auto known = keys_.find(id);
    if (known != keys_.end()) {
      data_key_ = known->second.number;
    } else if (inside(Element::node) || inside(Element::edge)) {
      data_key_ = graph_.key(id);
    }
    return Element::data;
  }

  void close() {
    const Element element = open_.back();
    open_.pop_back();
    if (element == Element::node) nodes_.pop_back();
    if (element == Element::graph) directed_.pop_back();
    if (element == Element::data && data_key_ >= 0) add_value(data_key_);
    if (element == Element::drawn_label) add_label();
    if (element == Element::fallback && !drawn_) {
      const auto number = static_cast<std::size_t>(last_key_.number);
      if (last_key_.of_nodes) graph_.vertex_defaults[number] = text_;
      if (last_key_.of_edges) graph_.edge_defaults[number] = text_;
    }
  }

  // To the node or edge that is open.
  void add_value(std::int32_t key) {
    if (std::all_of(text_.begin(), text_.end(), [](unsigned char c) { return c <= 0x20; })) return;
    if (inside(Element::edge)) graph_.edges.back().values.push_back({key, text_});
    if (inside(Element::node)) graph_.vertices[nodes_.back()].values.push_back({key, text_});
  }

  // Drawings lie in a <data> of their own, some levels below the node or the edge.
  void add_label() {
    const auto owner = std::find_if(open_.rbegin(), open_.rend(), [](Element element) {
      return element == Element::node || element == Element::edge;
    });
    if (owner == open_.rend() || text_.empty()) return;
    const bool of_edge = *owner == Element::edge;
    const AttributeGraph::Value value{graph_.key(of_edge ? "EdgeLabel" : "NodeLabel"), text_};
    (of_edge ? graph_.edges.back().values : graph_.vertices[nodes_.back()].values).push_back(value);
  }

  const std::string& file_;
  XML_Parser parser_;
  std::optional<Error> trouble_;
  AttributeGraph graph_;
  std::vector<Element> open_;
  std::vector<std::size_t> nodes_;  // those that are open: places in the graph
  std::vector<bool> directed_;      // of the graphs that are open
  std::unordered_map<std::string, Key> keys_;
  Key last_key_{-1, false, false};
  bool drawn_ = false;  // of the key that is open
  std::int32_t data_key_ = -1;
  std::string text_;
};

}  // namespace

SwitchGraph read_graphml(const std::string& text, const std::string& file,
                         const LinkDefaults& defaults) {
  const AttributeGraph raw = GraphmlParser(file).parse(text);
  return graph_of_attributes(raw, file, defaults);
}

}  // namespace rehearse
