// Bisection bandwidth as a maximum flow between the two halves of the nodes.
//
// Nodes are merged into the source or the sink. The switches of a fat-tree that serve the same
// subtree are merged too, which changes no maximum flow: any permutation of up ports maps the tree
// and its nodes onto themselves, so the mean of a flow over all permutations is a flow of the same
// value that treats twins alike.
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <unordered_map>

#include "topologies/graph/facts.h"

namespace rehearse {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Capacity = std::int64_t;  // bytes per second; whole, so that the search cannot chase rounding

struct VertexData {
  boost::default_color_type color = boost::white_color;
  Capacity distance = 0;
  Traits::edge_descriptor predecessor;
};
struct EdgeData {
  Capacity capacity = 0;
  Capacity residual = 0;
  Traits::edge_descriptor reverse;
};
using Graph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, VertexData, EdgeData>;

// The capacities of all connections, by their two ends.
class Arcs {
 public:
  void add(std::int64_t from, std::int64_t to, Capacity capacity) {
    arcs_[from * kStride + to] += capacity;
  }

  [[nodiscard]] Graph graph(std::int64_t vertices) const {
    Graph graph(static_cast<std::size_t>(vertices));
    for (const auto& [ends, capacity] : arcs_) {
      const std::int64_t from = ends / kStride;
      const std::int64_t to = ends % kStride;
      const auto back = arcs_.find(to * kStride + from);
      if (back != arcs_.end() && from > to) continue;  // made together with its reverse
      const auto a = static_cast<std::size_t>(from);
      const auto b = static_cast<std::size_t>(to);
      const auto there = boost::add_edge(a, b, graph).first;
      const auto reverse = boost::add_edge(b, a, graph).first;
      graph[there].capacity = capacity;
      graph[reverse].capacity = back == arcs_.end() ? 0 : back->second;
      graph[there].reverse = reverse;
      graph[reverse].reverse = there;
    }
    return graph;
  }

 private:
  static constexpr std::int64_t kStride = std::int64_t{1} << 31;
  std::unordered_map<std::int64_t, Capacity> arcs_;
};

}  // namespace

Bandwidth bisection_bandwidth(const Network& network) {
  const std::int64_t half = network.nodes() / 2;
  if (half == 0) return Bandwidth(0);
  const std::int64_t source = network.switches();
  const std::int64_t sink = source + 1;
  Arcs arcs;
  const auto capacity = [&](LinkId id) {
    return static_cast<Capacity>(network.link(id).bandwidth.value());
  };
  for (NodeId node = 0; node < network.nodes(); ++node) {
    for (int nic = 0; nic < network.nics_per_node(); ++nic) {
      if (!network.works(network.injection_link(node, nic))) continue;
      const std::int64_t leaf = network.shape().twin_of(network.leaf_of(node, nic));
      const Capacity rate = capacity(network.injection_link(node, nic));
      node < half ? arcs.add(source, leaf, rate) : arcs.add(leaf, sink, rate);
    }
  }
  for (auto id = static_cast<LinkId>(network.first_edge_link()); id < network.links(); ++id) {
    if (!network.works(id)) continue;
    const Link link = network.link(id);
    arcs.add(network.shape().twin_of(link.from - network.first_switch()),
             network.shape().twin_of(link.to - network.first_switch()), capacity(id));
  }
  Graph graph = arcs.graph(sink + 1);
  const Capacity flow = boost::boykov_kolmogorov_max_flow(
      graph, get(&EdgeData::capacity, graph), get(&EdgeData::residual, graph),
      get(&EdgeData::reverse, graph), get(&VertexData::predecessor, graph),
      get(&VertexData::color, graph), get(&VertexData::distance, graph),
      get(boost::vertex_index, graph), static_cast<std::size_t>(source),
      static_cast<std::size_t>(sink));
  return Bandwidth(static_cast<double>(flow));
}

}  // namespace rehearse
