// All nodes on one switch.
#pragma once

#include "topologies/graph/topology_spec.h"

namespace rehearse {

class SingleSwitchShape : public NetworkShape {
 public:
  [[nodiscard]] std::int64_t switches() const override { return 1; }
  [[nodiscard]] std::int64_t edges() const override { return 0; }
  void each_edge(const std::function<void(const Edge&)>&) const override {}
  [[nodiscard]] std::int64_t leaf_of(std::int64_t, int) const override { return 0; }
  [[nodiscard]] std::string switch_name(std::int64_t) const override { return "switch"; }
  [[nodiscard]] std::string title() const override { return "Single switch"; }
  void minimal(std::int64_t, std::int64_t, std::uint64_t, std::vector<Hop>&) const override {}
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t, std::int64_t) const override { return 1; }
  void draw(const Network& network, SvgCanvas& canvas, double top) const override;
};

struct SingleSwitchSpec : TopologySpec {
  [[nodiscard]] std::string_view name() const override { return "single_switch"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
};

}  // namespace rehearse
