// GML (Himsolt, "GML: a portable graph file format", 1996): pairs of a key and a number, a text or
// a list in brackets.
#include <cctype>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "topologies/files/attribute_graph.h"
#include "topologies/files/graph_readers.h"

namespace rehearse {
namespace {

class GmlParser {
 public:
  GmlParser(const std::string& text, const std::string& file) : text_(text), file_(file) {}

  AttributeGraph parse() {
    try {
      while (skip_blanks(), at_ < text_.size()) read_pair();
      if (!open_.empty()) throw Error::input("a bracket is open", "", "check that it is whole");
      if (graph_.vertices.empty()) throw Error::input("this GML has no nodes");
    } catch (const Error& error) {
      throw error.at(file_, "line " + std::to_string(line_));
    }
    for (AttributeGraph::Edge& edge : graph_.edges) edge.directed = directed_;
    return std::move(graph_);
  }

 private:
  enum class List { graph, node, edge, other };

  // White space and comments, which begin with a '#' at the start of a line.
  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const bool line_start = at_ == 0 || text_[at_ - 1] == '\n';
      if (c == '#' && line_start) {
        at_ = std::min(text_.find('\n', at_), text_.size());
        if (at_ == text_.size()) return;
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
        return;
      }
      if (text_[at_] == '\n') ++line_;
    }
  }

  std::string_view word() {
    const std::size_t first = at_;
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) == 0 &&
           text_[at_] != '[' && text_[at_] != ']' && text_[at_] != '"') {
      ++at_;
    }
    return std::string_view(text_).substr(first, at_ - first);
  }

  std::string quoted() {
    const std::size_t end = text_.find('"', ++at_);
    if (end == std::string::npos) throw Error::input("the quotes of a text do not close");
    std::string value;
    for (; at_ < end; ++at_) {
      if (text_[at_] == '\n') ++line_;
      value += text_[at_] == '&' ? entity(end) : text_[at_];
    }
    ++at_;
    return value;
  }

  // The character of "&amp;" or "&#39;", of which the last one is left to the caller; '&' if it is
  // none of ASCII.
  char entity(std::size_t end) {
    struct Known {
      std::string_view text;
      char c;
    };
    static constexpr Known kKnown[] = {{"&amp;", '&'}, {"&quot;", '"'},  {"&lt;", '<'},
                                       {"&gt;", '>'},  {"&apos;", '\''}, {"&#39;", '\''},
                                       {"&#34;", '"'}, {"&#38;", '&'}};
    for (const Known& known : kKnown) {
      if (at_ + known.text.size() > end || text_.compare(at_, known.text.size(), known.text) != 0) {
        continue;
      }
      at_ += known.text.size() - 1;
      return known.c;
    }
    return '&';
  }

  void read_pair() {
    if (text_[at_] == ']') {
      if (open_.empty()) throw Error::input("a bracket closes that was not open");
      close();
      ++at_;
      return;
    }
    const std::string key(word());
    if (key.empty()) throw Error::input("a key is missing before '" + text_.substr(at_, 1) + "'");
    skip_blanks();
    if (at_ == text_.size()) throw Error::input("'" + key.substr(0, 40) + "' has no value");
    if (text_[at_] == '[') {
      open(key);
      ++at_;
      return;
    }
    const std::string value = text_[at_] == '"' ? quoted() : std::string(word());
    if (value.empty() && at_ < text_.size() && text_[at_] == ']') {
      throw Error::input("'" + key.substr(0, 40) + "' has no value");
    }
    take(key, value);
  }

  void open(const std::string& key) {
    if (open_.size() == kDeepestNesting) {
      throw Error::input("lists are nested deeper than " + std::to_string(kDeepestNesting));
    }
    List list = List::other;
    if (open_.empty() && key == "graph") list = List::graph;
    const bool of_graph = !open_.empty() && open_.back() == List::graph;
    if (of_graph && key == "node") list = List::node;
    if (of_graph && key == "edge") list = List::edge;
    if (list == List::node) graph_.add_vertex("", line_);
    if (list == List::edge) graph_.add_edge("", "", false);
    open_.push_back(list);
  }

  void close() {
    if (open_.back() == List::node && graph_.vertices.back().id.empty()) {
      throw Error::input("a node has no 'id'");
    }
    if (open_.back() == List::edge &&
        (graph_.edges.back().source.empty() || graph_.edges.back().target.empty())) {
      throw Error::input("an edge has no 'source' or 'target'");
    }
    open_.pop_back();
  }

  void take(const std::string& key, const std::string& value) {
    if (open_.empty() || value.empty()) return;
    if (open_.back() == List::graph && key == "directed") directed_ = value == "1";
    if (open_.back() == List::node) {
      AttributeGraph::Vertex& vertex = graph_.vertices.back();
      if (key == "id") vertex.id = value;
      if (key != "id") vertex.values.push_back({graph_.key(key), value});
    }
    if (open_.back() == List::edge) {
      AttributeGraph::Edge& edge = graph_.edges.back();
      if (key == "source") {
        edge.source = value;
      } else if (key == "target") {
        edge.target = value;
      } else {
        edge.values.push_back({graph_.key(key), value});
      }
    }
  }

  const std::string& text_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::vector<List> open_;
  bool directed_ = false;
  AttributeGraph graph_;
};

}  // namespace

SwitchGraph read_gml(const std::string& text, const std::string& file,
                     const LinkDefaults& defaults) {
  const AttributeGraph raw = GmlParser(text, file).parse();
  return graph_of_attributes(raw, file, defaults);
}

}  // namespace rehearse
