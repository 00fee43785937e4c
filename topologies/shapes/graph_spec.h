// Networks that a file lists switch by switch.
#pragma once

#include "topologies/graph/topology_spec.h"
#include "topologies/routing/shortest_routes.h"
#include "topologies/shapes/stated_ports.h"
#include "topologies/shapes/switch_graph.h"

namespace rehearse {

class ObjectReader;

// Routes are shortest in hops; the turn chooses among equal ones
// (topologies/routing/shortest_routes.h).
class GraphShape : public NetworkShape, public StatedPorts {
 public:
  // `kinds`: of each edge. NIC i of a node hangs on the switch that the file names at place i,
  // counted round. REQUIRES: as many kinds as edges.
  GraphShape(std::shared_ptr<const SwitchGraph> graph, std::vector<int> kinds);

  [[nodiscard]] std::int64_t switches() const override {
    return static_cast<std::int64_t>(graph_->switches.size());
  }
  [[nodiscard]] std::int64_t edges() const override {
    return static_cast<std::int64_t>(graph_->edges.size());
  }
  void each_edge(const std::function<void(const Edge&)>& visit) const override;
  [[nodiscard]] std::int64_t leaf_of(std::int64_t node, int nic) const override;
  [[nodiscard]] std::optional<std::int64_t> ports_of(std::int64_t switch_index) const override;
  [[nodiscard]] bool has_cable(std::int64_t node, int nic) const override;
  [[nodiscard]] std::string switch_name(std::int64_t switch_index) const override;
  [[nodiscard]] std::string title() const override;
  // What the file says of a node, for messages: "'n7' (line 3)"; empty if it says nothing.
  [[nodiscard]] std::string origin_of(std::int64_t node) const;
  [[nodiscard]] std::int64_t line_of(std::int64_t node) const;  // 0: not known
  [[nodiscard]] std::string parallel_name(std::int64_t edge) const override;
  void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
               std::vector<Hop>& out) const override {
    routes_.append(from, to, turn, out);
  }
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const override {
    return routes_.count(from, to);
  }

 private:
  std::shared_ptr<const SwitchGraph> graph_;
  std::vector<int> kinds_;
  std::vector<std::int32_t> parallel_;  // place among the edges of the same ends; -1 if alone
  ShortestRoutes routes_;
};

struct GraphSpec : TopologySpec {
  std::shared_ptr<const SwitchGraph> graph;
  std::string file = {};  // for messages

  [[nodiscard]] std::string_view name() const override { return "file"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
  [[nodiscard]] std::optional<std::int64_t> capacity() const override;
};

// Keys "file", "nodes_per_switch", "link_bandwidth", "link_latency", "rate_unit" and
// "latency_unit".
GraphSpec read_graph_spec(ObjectReader& reader);

// What a network's file tells besides its switches; nothing of a topology that has no file.
const SwitchGraph* graph_of(const TopologySpec& topology);

}  // namespace rehearse
