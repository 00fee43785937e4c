#include "topologies/files/attribute_graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/quantity_text.h"
#include "topologies/files/attribute_words.h"
#include "topologies/files/edge_rates.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostKeys = 10'000;

// Whether an id is no more than a number: "7", "n7", "n0::n3".
bool is_bare_number(const std::string& id) {
  return id.find_first_not_of("0123456789n:") == std::string::npos;
}

// On one line.
std::string as_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 0x20) {
      name += c;
    } else if (!name.empty() && name.back() != ' ') {
      name += ' ';
    }
  }
  if (name.ends_with(' ')) name.pop_back();
  return name;
}

class AttributeReader {
 public:
  AttributeReader(const AttributeGraph& raw, const std::string& file, const LinkDefaults& defaults)
      : raw_(raw), file_(file), rates_(raw, defaults) {
    for (const std::string& key : raw.keys) words_.push_back(vertex_word(key));
  }

  SwitchGraph read() {
    choose_kind();
    for (const AttributeGraph::Vertex& vertex : raw_.vertices) read_vertex(vertex);
    for (std::size_t i = 0; i < raw_.edges.size(); ++i) read_edge(i);
    expect_ways_back();
    for (std::size_t node = 0; node < graph_.nodes.size(); ++node) {
      if (!graph_.nodes[node].empty()) continue;
      throw bad("node '" + graph_.node_names[node] + "' hangs on no switch");
    }
    graph_.switches = switches_.names();
    graph_.injection = rates_.of_nodes();
    add_remarks();
    return std::move(graph_);
  }

 private:
  // A vertex of the file as the graph numbers it.
  struct VertexNumber {
    bool is_node;         // else a switch
    std::int64_t number;  // among nodes or switches; -1 for a group
  };

  [[nodiscard]] Error bad(std::string what, std::string why = "", std::string remedy = "") const {
    return Error::input(std::move(what), std::move(why), std::move(remedy)).at(file_, "/");
  }

  // The value of a vertex for a key, or what the file gives in its stead.
  [[nodiscard]] const std::string& value(const AttributeGraph::Vertex& vertex,
                                         std::size_t key) const {
    for (const AttributeGraph::Value& one : vertex.values) {
      if (static_cast<std::size_t>(one.key) == key) return one.text;
    }
    static const std::string kNone;
    return key < raw_.vertex_defaults.size() ? raw_.vertex_defaults[key] : kNone;
  }

  // The attribute that tells nodes from switches: `kind`, else the first that calls some vertices
  // hosts and not all of them.
  void choose_kind() {
    for (std::size_t key = 0; key < words_.size(); ++key) {
      const bool own = words_[key] == VertexWord::kind;
      if (!own && words_[key] != VertexWord::other_kind) continue;
      bool some_nodes = false;
      bool all_nodes = true;
      bool present = false;
      for (const AttributeGraph::Vertex& vertex : raw_.vertices) {
        const std::string& text = value(vertex, key);
        const bool is_node = vertex_kind(text) == VertexKind::node;
        present = present || !text.empty();
        some_nodes = some_nodes || is_node;
        all_nodes = all_nodes && (is_node || vertex.is_group);
        if (own && !text.empty() && vertex_kind(text) == VertexKind::unknown) {
          throw bad("a vertex is of kind '" + text + "'", "known are switch and node");
        }
      }
      if (some_nodes && !all_nodes && (own || !kind_)) {
        kind_ = key;
        if (own) break;
      } else if (present && some_nodes) {
        passed_over_.insert(raw_.keys[key]);
      }
    }
  }

  void read_vertex(const AttributeGraph::Vertex& vertex) {
    std::string name;
    for (std::size_t i = 0; i < vertex.values.size(); ++i) {
      const auto key = static_cast<std::size_t>(vertex.values[i].key);
      if (words_[key] == VertexWord::name && name.empty()) name = as_name(vertex.values[i].text);
      if (words_[key] == VertexWord::none) passed_over_.insert(raw_.keys[key]);
    }
    if (name.empty() && !is_bare_number(vertex.id)) name = as_name(vertex.id);
    const VertexKind kind = kind_ ? vertex_kind(value(vertex, *kind_)) : VertexKind::switch_;
    VertexNumber numbered{kind == VertexKind::node, 0};
    if (vertex.is_group) {
      numbered.number = -1;
    } else if (numbered.is_node) {
      numbered.number = static_cast<std::int64_t>(graph_.nodes.size());
      graph_.nodes.emplace_back();
      graph_.node_names.push_back(name.empty() ? "node " + std::to_string(numbered.number) : name);
      graph_.node_lines.push_back(vertex.line);
    } else {
      if (kind == VertexKind::unknown && !value(vertex, *kind_).empty()) {
        other_kinds_.insert(value(vertex, *kind_));
      }
      const std::string number = std::to_string(switches_.names().size());
      numbered.number = switches_.add_numbered(name.empty() ? "switch " + number : name);
    }
    if (!numbers_.emplace(vertex.id, numbered).second) {
      throw bad("two vertices have the id '" + vertex.id + "'");
    }
  }

  [[nodiscard]] VertexNumber number_of(const std::string& id, std::size_t edge) const {
    const auto found = numbers_.find(id);
    if (found == numbers_.end()) {
      throw bad(EdgeRates::place(edge) + " leads to a vertex that is not, '" + id + "'",
                "counted from 0 in the order of the file", "check its source and target");
    }
    if (found->second.number < 0) {
      throw bad(EdgeRates::place(edge) + " leads to a group, '" + id + "'", "",
                "lead it to a member of the group");
    }
    return found->second;
  }

  void read_edge(std::size_t i) {
    const AttributeGraph::Edge& edge = raw_.edges[i];
    const VertexNumber from = number_of(edge.source, i);
    const VertexNumber to = number_of(edge.target, i);
    if (from.is_node && to.is_node && edge.source != edge.target) {
      throw bad(
          EdgeRates::place(i) + " joins two nodes, '" + edge.source + "' and '" + edge.target + "'",
          "nodes hang on switches");
    }
    if (edge.source == edge.target) {  // carries nothing between switches
      ++loops_;
      return;
    }
    if (from.is_node || to.is_node) {
      attach(from.is_node ? from.number : to.number, from.is_node ? to.number : from.number, edge,
             from.is_node);
      rates_.count_node_edge(i, file_);
    } else {
      join(i, {from.number, to.number, rates_.rate(i, file_), {}, rates_.cables(i, file_)});
    }
  }

  // In a directed graph a NIC is an edge, its reverse, or both.
  void attach(std::int64_t node, std::int64_t leaf, const AttributeGraph::Edge& edge, bool away) {
    auto& nics = graph_.nodes[static_cast<std::size_t>(node)];
    if (!edge.directed) return nics.push_back(leaf);
    auto& [there, back] = directed_nics_[{node, leaf}];
    const int before = std::max(there, back);
    ++(away ? there : back);
    if (std::max(there, back) > before) nics.push_back(leaf);
  }

  void join(std::size_t i, const SwitchGraph::Edge& edge) {
    if (raw_.edges[i].directed) {
      auto& waiting = one_way_[{edge.b, edge.a}];
      if (!waiting.empty()) {  // the other direction of an edge before it
        SwitchGraph::Edge& there = graph_.edges[waiting.front()];
        waiting.erase(waiting.begin());
        if (edge.rate.bandwidth != there.rate.bandwidth) there.back = edge.rate.bandwidth;
        return;
      }
      one_way_[{edge.a, edge.b}].push_back(graph_.edges.size());
    }
    graph_.edges.push_back(edge);
  }

  void expect_ways_back() const {
    for (const auto& [ends, waiting] : one_way_) {
      if (waiting.empty()) continue;
      const auto& names = switches_.names();
      throw bad("the link from '" + names[static_cast<std::size_t>(ends.first)] + "' to '" +
                    names[static_cast<std::size_t>(ends.second)] + "' has no way back",
                "in a directed graph every link needs its reverse",
                "add it, or make the graph undirected");
    }
  }

  void add_remarks() {
    if (!other_kinds_.empty()) {
      graph_.remarks.push_back("vertices of '" + file_ + "' whose '" + raw_.keys[*kind_] +
                               "' is '" + first_of(other_kinds_) + "' are taken for switches");
    }
    passed_over_.merge(rates_.passed_over());
    if (!passed_over_.empty()) {
      graph_.remarks.push_back((passed_over_.size() == 1 ? "attribute '" : "attributes '") +
                               first_of(passed_over_) + "' of '" + file_ +
                               (passed_over_.size() == 1 ? "' is" : "' are") + " passed over");
    }
    if (loops_ > 0) {
      graph_.remarks.push_back(std::to_string(loops_) + " edges of '" + file_ +
                               "' lead from a vertex to itself and are passed over");
    }
    for (const std::string& remark : rates_.remarks(file_)) graph_.remarks.push_back(remark);
  }

  // "a', 'b' and 3 more": the quotes around the whole are the caller's.
  static std::string first_of(const std::set<std::string>& words) {
    constexpr std::size_t kMostShown = 6;
    std::string list;
    std::size_t shown = 0;
    for (const std::string& word : words) {
      if (shown == kMostShown) break;
      list += (shown++ == 0 ? "" : "', '") + as_name(word);
    }
    if (words.size() > shown) list += "' and " + std::to_string(words.size() - shown) + " more '";
    return list;
  }

  const AttributeGraph& raw_;
  const std::string& file_;
  EdgeRates rates_;
  SwitchGraph graph_;
  NameTable switches_;
  std::vector<VertexWord> words_;    // of each key
  std::optional<std::size_t> kind_;  // the key that tells nodes from switches
  std::set<std::string> other_kinds_, passed_over_;
  std::int64_t loops_ = 0;
  std::unordered_map<std::string, VertexNumber> numbers_;
  using Ends = std::pair<std::int64_t, std::int64_t>;
  std::map<Ends, std::pair<int, int>> directed_nics_;  // away from the node, and to it
  std::map<Ends, std::vector<std::size_t>> one_way_;
};

}  // namespace

std::int32_t AttributeGraph::key(const std::string& name) {
  const auto found = std::find(keys.begin(), keys.end(), name);
  if (found == keys.end() && keys.size() == kMostKeys) {
    throw Error::input("the file has more than " + std::to_string(kMostKeys) + " attributes");
  }
  const auto place = static_cast<std::int32_t>(found - keys.begin());
  if (found == keys.end()) {
    keys.push_back(name);
    vertex_defaults.emplace_back();
    edge_defaults.emplace_back();
  }
  return place;
}

AttributeGraph::Vertex& AttributeGraph::add_vertex(std::string id, std::int64_t line) {
  expect_size(static_cast<double>(vertices.size()) + 1, 0);
  return vertices.emplace_back(Vertex{std::move(id), static_cast<std::int32_t>(line)});
}

AttributeGraph::Edge& AttributeGraph::add_edge(std::string source, std::string target,
                                               bool directed) {
  expect_size(0, 2 * (static_cast<double>(edges.size()) + 1));
  return edges.emplace_back(Edge{std::move(source), std::move(target), directed});
}

SwitchGraph graph_of_attributes(const AttributeGraph& raw, const std::string& file,
                                const LinkDefaults& defaults) {
  return AttributeReader(raw, file, defaults).read();
}

}  // namespace rehearse
