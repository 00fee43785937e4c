// HyperX: boxes of switches in which every line is all to all.
#pragma once

#include "topologies/graph/topology_spec.h"
#include "topologies/shapes/box_shape.h"

namespace rehearse {

class ObjectReader;

// HyperX (Ahn, Binkert, Davis, McLaren, Schreiber, "HyperX: topology, routing, and packaging of
// efficient large-scale networks", SC 2009): switches of a box that differ in one coordinate are
// joined. One dimension is a full mesh, two a flattened butterfly, extents of 2 a hypercube.
class HyperXShape : public BoxShape {
 public:
  HyperXShape(Grid grid, std::int64_t nodes_per_switch);

  // Edges run from the smaller to the larger coordinate. REQUIRES: a < b.
  [[nodiscard]] std::int64_t edge(int d, std::int64_t line, std::int64_t a, std::int64_t b) const;

  // NetworkShape. Minimal: one hop in each dimension in which the switches differ; the turn picks
  // the order of the dimensions, which is always ascending under deterministic routing. Detour:
  // over any switch.
  void each_edge(const std::function<void(const Edge&)>& visit) const override;
  [[nodiscard]] std::string title() const override {
    return "HyperX of " + grid().extents() + " switches";
  }
  void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
               std::vector<Hop>& out) const override;
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const override {
    return orders_of(grid().differing(from, to).count);
  }
  [[nodiscard]] std::uint64_t turn_of(const Flow&) const override { return 0; }
  [[nodiscard]] double drawing_height() const override;
  void draw(const Network& network, SvgCanvas& canvas, double top) const override;
};

struct HyperXSpec : TopologySpec {
  std::vector<std::int64_t> dimensions;
  std::int64_t nodes_per_switch = 1;
  int link_cables = 1;  // between two switches, striped by hardware
  LinkRate link;        // per cable

  [[nodiscard]] std::string_view name() const override { return "hyperx"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
  [[nodiscard]] std::optional<std::int64_t> capacity() const override;
};

HyperXSpec read_hyperx(ObjectReader& reader);

}  // namespace rehearse
