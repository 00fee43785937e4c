#include <boost/graph/graphml.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/quantity_text.h"
#include "topologies/switch_graph.h"
#include "topologies/topology_reader.h"

namespace rehearse {
namespace {

struct RawVertex {
  std::string name, kind;
};
struct RawEdge {
  std::size_t from = 0, to = 0;
  std::string bandwidth, latency, cables;
};

// What Boost's reader finds, as text; attributes of other names are passed over.
class RawGraph : public boost::mutate_graph {
 public:
  explicit RawGraph(bool directed) : directed_(directed) {}

  // Boost asks before each edge, after all vertices. It then adds the ends that it does not know.
  bool is_directed() const override {
    vertices_are_known_ = true;
    return directed_;
  }
  boost::any do_add_vertex() override {
    if (vertices_are_known_) {
      throw Error::input("edge " + std::to_string(edges.size()) + " leads to a vertex that is not",
                         "counted from 0 in the order of the file", "check its source and target");
    }
    vertices.emplace_back();
    return vertices.size() - 1;
  }
  std::pair<boost::any, bool> do_add_edge(boost::any source, boost::any target) override {
    edges.push_back(
        {boost::any_cast<std::size_t>(source), boost::any_cast<std::size_t>(target), "", "", ""});
    return {boost::any(edges.size() - 1), true};
  }
  void set_graph_property(const std::string&, const std::string&, const std::string&) override {}
  void set_vertex_property(const std::string& name, boost::any vertex, const std::string& value,
                           const std::string&) override {
    RawVertex& raw = vertices[boost::any_cast<std::size_t>(vertex)];
    if (name == "name" || (name == "label" && raw.name.empty())) raw.name = value;
    if (name == "kind") raw.kind = value;
  }
  void set_edge_property(const std::string& name, boost::any edge, const std::string& value,
                         const std::string&) override {
    RawEdge& raw = edges[boost::any_cast<std::size_t>(edge)];
    if (name == "bandwidth") raw.bandwidth = value;
    if (name == "latency") raw.latency = value;
    if (name == "cables") raw.cables = value;
  }

  std::vector<RawVertex> vertices;
  std::vector<RawEdge> edges;

 private:
  bool directed_;
  mutable bool vertices_are_known_ = false;
};

RawGraph parse(const std::string& text, const std::string& file) {
  for (const bool directed : {false, true}) {
    RawGraph graph(directed);
    std::istringstream input(text);
    try {
      boost::read_graphml(input, graph, 0);
      return graph;
    } catch (const boost::directed_graph_error&) {
      continue;
    } catch (const boost::undirected_graph_error&) {
      throw Error::input("some edges are directed and some are not", "", "make them all alike")
          .at(file, "/");
    } catch (const boost::property_tree::xml_parser_error& error) {
      throw Error::input("this is no XML", error.message(), "check that the file is whole")
          .at(file, "line " + std::to_string(error.line()));
    } catch (const boost::property_tree::ptree_error& error) {
      throw Error::input("this is no GraphML", error.what()).at(file, "/");
    } catch (const boost::graph_exception& error) {
      throw Error::input("this is no GraphML", error.what()).at(file, "/");
    } catch (const Error& error) {
      throw error.at(file, "/");
    }
  }
  throw Error::input("this is no GraphML", "its edges are neither directed nor undirected")
      .at(file, "/");
}

class GraphmlReader {
 public:
  GraphmlReader(const RawGraph& raw, const std::string& file, const LinkDefaults& defaults)
      : raw_(raw), file_(file), defaults_(defaults) {}

  SwitchGraph read() {
    read_vertices();
    for (std::size_t i = 0; i < raw_.edges.size(); ++i) read_edge(i);
    if (raw_.is_directed()) expect_ways_back();
    for (std::size_t node = 0; node < graph_.nodes.size(); ++node) {
      if (!graph_.nodes[node].empty()) continue;
      throw bad("node " + std::to_string(node) + " hangs on no switch");
    }
    graph_.switches = switches_.names();
    return std::move(graph_);
  }

 private:
  [[nodiscard]] Error bad(std::string what, std::string why = "", std::string remedy = "") const {
    return Error::input(std::move(what), std::move(why), std::move(remedy)).at(file_, "/");
  }

  void read_vertices() {
    for (const RawVertex& vertex : raw_.vertices) {
      if (vertex.kind == "node") {
        number_.push_back(static_cast<std::int64_t>(graph_.nodes.size()));
        graph_.nodes.emplace_back();
        continue;
      }
      if (!vertex.kind.empty() && vertex.kind != "switch") {
        throw bad("a vertex is of kind '" + vertex.kind + "'", "known are switch and node");
      }
      const std::size_t count = switches_.names().size();
      const std::string name =
          vertex.name.empty() ? "switch " + std::to_string(count) : vertex.name;
      number_.push_back(static_cast<std::int64_t>(count));
      if (!switches_.add(name)) throw bad("two switches are named '" + name + "'");
    }
  }

  void read_edge(std::size_t i) {
    const RawEdge& edge = raw_.edges[i];
    const bool from_node = raw_.vertices[edge.from].kind == "node";
    const bool to_node = raw_.vertices[edge.to].kind == "node";
    if (from_node && to_node) throw bad(place(i) + " joins two nodes", "nodes hang on switches");
    if (edge.from == edge.to) throw bad(place(i) + " leads from a switch to itself");
    if (from_node) {
      graph_.nodes[static_cast<std::size_t>(number_[edge.from])].push_back(number_[edge.to]);
    } else if (!to_node) {
      join(i, edge);
    } else if (!raw_.is_directed()) {
      graph_.nodes[static_cast<std::size_t>(number_[edge.to])].push_back(number_[edge.from]);
    }
  }

  void join(std::size_t i, const RawEdge& raw) {
    SwitchGraph::Edge edge{number_[raw.from], number_[raw.to], {}, {}, 1};
    try {
      edge.rate.bandwidth = value(raw.bandwidth, defaults_.bandwidth, "bandwidth", parse_bandwidth);
      edge.rate.latency = value(raw.latency, defaults_.latency, "latency", parse_duration);
      if (!(edge.rate.bandwidth > Bandwidth(0))) {
        throw Error::input("a bandwidth of zero moves nothing");
      }
    } catch (const Error& error) {
      throw error.at(file_, place(i));
    }
    if (!raw.cables.empty()) edge.cables = cables(i, raw.cables);
    if (raw_.is_directed() && pair_up(edge)) return;
    graph_.edges.push_back(edge);
  }

  template <class T>
  T value(const std::string& text, const std::optional<T>& otherwise, const char* name,
          T (*parsed)(std::string_view)) const {
    if (!text.empty()) return parsed(text);
    if (otherwise) return *otherwise;
    throw Error::input(std::string("the edge has no attribute '") + name + "'", "",
                       std::string("add it, or give 'link_") + name + "' beside 'file'");
  }

  [[nodiscard]] int cables(std::size_t i, const std::string& text) const {
    const bool whole =
        text.size() <= 3 && text.find_first_not_of("0123456789") == std::string::npos;
    const int count = whole ? std::stoi(text) : 0;
    if (count < 1) throw bad(place(i) + " has '" + text + "' cables", "", "write 1 to 999");
    return count;
  }

  // The other direction of an edge before it, if one waits for it.
  bool pair_up(const SwitchGraph::Edge& edge) {
    auto& waiting = one_way_[{edge.b, edge.a}];
    if (waiting.empty()) {
      one_way_[{edge.a, edge.b}].push_back(graph_.edges.size());
      return false;
    }
    SwitchGraph::Edge& there = graph_.edges[waiting.front()];
    waiting.erase(waiting.begin());
    if (edge.rate.bandwidth != there.rate.bandwidth) there.back = edge.rate.bandwidth;
    return true;
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

  [[nodiscard]] static std::string place(std::size_t edge) {
    return "edge " + std::to_string(edge);
  }

  const RawGraph& raw_;
  const std::string& file_;
  const LinkDefaults& defaults_;
  SwitchGraph graph_;
  NameTable switches_;
  std::vector<std::int64_t> number_;  // of each vertex, among the switches or the nodes
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> one_way_;
};

}  // namespace

SwitchGraph read_graphml(const std::string& text, const std::string& file,
                         const LinkDefaults& defaults) {
  const RawGraph raw = parse(text, file);
  return GraphmlReader(raw, file, defaults).read();
}

}  // namespace rehearse
