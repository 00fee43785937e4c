#include <map>

#include "base/contract.h"
#include "topologies/shapes/graph_spec.h"

namespace rehearse {
namespace {

std::vector<ShortestRoutes::Ends> ends_of(const SwitchGraph& graph) {
  std::vector<ShortestRoutes::Ends> ends;
  ends.reserve(graph.edges.size());
  for (const SwitchGraph::Edge& edge : graph.edges) ends.push_back({edge.a, edge.b});
  return ends;
}

std::vector<std::int32_t> parallels_of(const SwitchGraph& graph) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> same;
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const SwitchGraph::Edge& edge = graph.edges[i];
    same[std::minmax(edge.a, edge.b)].push_back(i);
  }
  std::vector<std::int32_t> place(graph.edges.size(), -1);
  for (const auto& [ends, edges] : same) {
    if (edges.size() < 2) continue;
    for (std::size_t i = 0; i < edges.size(); ++i) place[edges[i]] = static_cast<std::int32_t>(i);
  }
  return place;
}

}  // namespace

GraphShape::GraphShape(std::shared_ptr<const SwitchGraph> graph, std::vector<int> kinds)
    : graph_(std::move(graph)),
      kinds_(std::move(kinds)),
      parallel_(parallels_of(*graph_)),
      routes_(static_cast<std::int64_t>(graph_->switches.size()), ends_of(*graph_)) {
  EXPECTS(kinds_.size() == graph_->edges.size());
}

void GraphShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    visit({graph_->edges[i].a, graph_->edges[i].b, kinds_[i]});
  }
}

std::int64_t GraphShape::leaf_of(std::int64_t node, int nic) const {
  const auto& leaves = graph_->nodes[static_cast<std::size_t>(node)];
  return leaves[static_cast<std::size_t>(nic) % leaves.size()];
}

std::optional<std::int64_t> GraphShape::ports_of(std::int64_t switch_index) const {
  const auto index = static_cast<std::size_t>(switch_index);
  if (index >= graph_->ports.size() || graph_->ports[index] == 0) return {};
  return graph_->ports[index];
}

bool GraphShape::has_cable(std::int64_t node, int nic) const {
  return static_cast<std::size_t>(nic) < graph_->nodes[static_cast<std::size_t>(node)].size();
}

std::string GraphShape::origin_of(std::int64_t node) const {
  const auto index = static_cast<std::size_t>(node);
  if (index >= graph_->node_names.size()) return {};
  const std::int64_t line = line_of(node);
  return "'" + graph_->node_names[index] + "'" +
         (line > 0 ? " of line " + std::to_string(line) : "");
}

std::int64_t GraphShape::line_of(std::int64_t node) const {
  const auto index = static_cast<std::size_t>(node);
  return index < graph_->node_lines.size() ? graph_->node_lines[index] : 0;
}

std::string GraphShape::switch_name(std::int64_t switch_index) const {
  return graph_->switches[static_cast<std::size_t>(switch_index)];
}

std::string GraphShape::title() const {
  return "Network of " + std::to_string(switches()) + (switches() == 1 ? " switch" : " switches");
}

std::string GraphShape::parallel_name(std::int64_t edge) const {
  const std::int32_t place = parallel_[static_cast<std::size_t>(edge)];
  return place < 0 ? "" : "cable " + std::to_string(place);
}

}  // namespace rehearse
