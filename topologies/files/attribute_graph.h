// Graphs as GraphML, GML and networkx write them: vertices and edges with named attributes, and
// what these attributes mean for a network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topologies/shapes/switch_graph.h"

namespace rehearse {

struct AttributeGraph {
  struct Value {
    std::int32_t key;  // an index into `keys`
    std::string text;
  };
  struct Vertex {
    std::string id;
    std::int32_t line = 0;
    bool is_group = false;  // a box around others
    std::vector<Value> values = {};
  };
  struct Edge {
    std::string source, target;  // ids
    bool directed = false;
    std::vector<Value> values = {};
  };

  std::vector<std::string> keys;                            // names of attributes
  std::vector<std::string> vertex_defaults, edge_defaults;  // of each key; empty: none
  std::vector<Vertex> vertices;
  std::vector<Edge> edges;

  // The place of the name in `keys`, to which it is added if it is new. A scan: a file has few.
  std::int32_t key(const std::string& name);
  // Adds one; throw Error::input without a place when there are more than a network may have.
  Vertex& add_vertex(std::string id, std::int64_t line);
  Edge& add_edge(std::string source, std::string target, bool directed);
};

// Vertices: `name`, `label` or the label of a drawing, else the id, else "switch 7"; repeated names
// are numbered. A vertex is a node where `kind`, `type` or `role` (or the like) says host, server,
// compute … and a switch otherwise. Edges: `bandwidth`, `capacity`, `speed` …, LinkSpeedRaw
// (bit/s), LinkSpeed with LinkSpeedUnits; `latency`, `delay`; `cables`. Plain numbers count
// LinkDefaults::rate_unit. A remark names the attributes that were passed over. The rate of the
// edges of nodes is that of their NICs. In a directed graph every link needs its reverse. Throws
// Error::input.
SwitchGraph graph_of_attributes(const AttributeGraph& raw, const std::string& file,
                                const LinkDefaults& defaults);

}  // namespace rehearse
