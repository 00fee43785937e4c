#include <map>
#include <utility>
#include <vector>

#include "topologies/pictures/draw.h"
#include "topologies/pictures/svg_canvas.h"

namespace rehearse {
namespace {

// Vertices are drawn one by one or merged; `merged` is the number of the drawn vertex, or -1 for
// one that is left out.
struct Level {
  std::vector<std::int64_t> merged;   // of each vertex
  std::vector<std::string> labels;    // of each merged vertex
  std::vector<std::int64_t> cluster;  // of each merged vertex, -1 for none
};

Level every_vertex(const Network& network) {
  Level level;
  for (VertexId v = 0; v < network.vertices(); ++v) {
    level.merged.push_back(v);
    level.labels.push_back(network.vertex_name(v));
    const bool is_switch = v >= network.first_switch();
    level.cluster.push_back(is_switch ? network.shape().group_of(v - network.first_switch())
                                      : network.group_of(network.node_at(v)));
  }
  return level;
}

Level every_switch(const Network& network) {
  Level level;
  level.merged.assign(static_cast<std::size_t>(network.vertices()), -1);
  std::vector<std::int64_t> nodes(static_cast<std::size_t>(network.switches()));
  for (NodeId node = 0; node < network.nodes(); ++node) {
    ++nodes[static_cast<std::size_t>(network.leaf_of(node))];
  }
  for (std::int64_t index = 0; index < network.switches(); ++index) {
    const VertexId vertex = network.switch_vertex(index);
    const std::int64_t count = nodes[static_cast<std::size_t>(index)];
    level.merged[static_cast<std::size_t>(vertex)] = index;
    level.labels.push_back(network.vertex_name(vertex));
    if (count > 0) level.labels.back() += "\\n" + count_of(count, "node", "nodes");
    level.cluster.push_back(network.shape().group_of(index));
  }
  return level;
}

Level every_group(const Network& network) {
  Level level;
  level.merged.assign(static_cast<std::size_t>(network.vertices()), -1);
  const std::int64_t groups = network.groups();
  std::vector<std::int64_t> switches(static_cast<std::size_t>(groups) + 1);
  for (std::int64_t index = 0; index < network.switches(); ++index) {
    const std::int64_t group = network.shape().group_of(index);
    const std::int64_t merged = group < 0 ? groups : group;
    level.merged[static_cast<std::size_t>(network.switch_vertex(index))] = merged;
    ++switches[static_cast<std::size_t>(merged)];
  }
  for (std::int64_t group = 0; group <= groups; ++group) {
    const std::int64_t count = switches[static_cast<std::size_t>(group)];
    if (count == 0) continue;  // only a fat-tree has switches above all groups
    level.labels.push_back((group == groups ? "top" : "group " + std::to_string(group)) + "\\n" +
                           count_of(count, "switch", "switches"));
    level.cluster.push_back(-1);
  }
  return level;
}

void write_vertices(const Level& level, std::string& out) {
  std::map<std::int64_t, std::string> clusters;
  for (std::size_t v = 0; v < level.labels.size(); ++v) {
    clusters[level.cluster[v]] +=
        "  v" + std::to_string(v) + " [label=\"" + level.labels[v] + "\"];\n";
  }
  for (const auto& [group, vertices] : clusters) {
    if (group < 0) {
      out += vertices;
    } else {
      out += "  subgraph cluster_" + std::to_string(group) + " {\n  label=\"group " +
             std::to_string(group) + "\";\n" + vertices + "  }\n";
    }
  }
}

void write_edges(const Network& network, const Level& level, std::string& out) {
  using Ends = std::pair<std::int64_t, std::int64_t>;
  std::map<std::pair<Ends, LinkClass>, std::int64_t> edges;
  for (LinkId id = 0; id < network.links(); id += 2) {
    if (!network.works(id)) continue;
    const Link link = network.link(id);
    const std::int64_t a = level.merged[static_cast<std::size_t>(link.from)];
    const std::int64_t b = level.merged[static_cast<std::size_t>(link.to)];
    if (a >= 0 && b >= 0 && a != b) ++edges[{Ends{a, b}, link.cls}];
  }
  for (const auto& [edge, count] : edges) {
    out += "  v" + std::to_string(edge.first.first) + " -- v" + std::to_string(edge.first.second) +
           " [color=\"" + std::string(colour_of(edge.second)) + "\"";
    if (count > 1) out += ", label=\"" + std::to_string(count) + "\"";
    out += "];\n";
  }
}

}  // namespace

std::string to_dot(const Network& network, int limit) {
  const bool all = network.vertices() <= limit;
  const bool switches = network.switches() <= limit;
  const Level level = all        ? every_vertex(network)
                      : switches ? every_switch(network)
                                 : every_group(network);
  std::string out = "graph network {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  write_vertices(level, out);
  write_edges(network, level, out);
  return out + "}\n";
}

}  // namespace rehearse
