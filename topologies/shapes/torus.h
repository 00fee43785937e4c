// Tori and meshes of one to six dimensions.
#pragma once

#include "topologies/graph/topology_spec.h"
#include "topologies/shapes/box_shape.h"

namespace rehearse {

class ObjectReader;

// k-ary n-cubes of any extents (Dally, "Performance analysis of k-ary n-cube interconnection
// networks", IEEE Trans. Computers 39(6), 1990), and meshes, which are the same without the links
// from the last switch of a line to its first. An extent of 2 has one link in both.
class TorusShape : public BoxShape {
 public:
  // `wraps`: a torus.
  TorusShape(Grid grid, std::int64_t nodes_per_switch, bool wraps);

  // The lines of dimension d close to rings.
  [[nodiscard]] bool is_ring(int d) const { return wraps_ && grid().extent(d) > 2; }
  // The edge from coordinate c of a line along dimension d to c + 1, or to 0 from the last.
  [[nodiscard]] std::int64_t edge(int d, std::int64_t line, std::int64_t c) const {
    return first_edge(d, line) + c;
  }

  // NetworkShape. Minimal: one dimension after the other, in each the shorter way round. The turn
  // picks the way round where both are equal (one bit per such dimension, the lowest bits) and the
  // order of the dimensions (above). Under deterministic routing the order is always ascending:
  // dimension-order routing (Dally, Seitz, "Deadlock-free message routing in multiprocessor
  // interconnection networks", IEEE Trans. Computers 36(5), 1987). Detour: over any switch, the
  // turns of both halves at random.
  void each_edge(const std::function<void(const Edge&)>& visit) const override;
  [[nodiscard]] std::string title() const override {
    return (wraps_ ? "Torus of " : "Mesh of ") + grid().extents() + " switches";
  }
  void minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
               std::vector<Hop>& out) const override;
  [[nodiscard]] std::int64_t minimal_routes(std::int64_t from, std::int64_t to) const override;
  [[nodiscard]] std::uint64_t turn_of(const Flow& flow) const override;
  [[nodiscard]] double drawing_height() const override;
  void draw(const Network& network, SvgCanvas& canvas, double top) const override;

 private:
  // How many dimensions have two shortest ways round.
  [[nodiscard]] int ties(std::int64_t from, std::int64_t to) const;
  [[nodiscard]] bool is_tie(std::int64_t from, std::int64_t to, int d) const;

  bool wraps_;
};

struct TorusSpec : TopologySpec {
  bool wraps = true;  // else a mesh
  // Default: the most cubic box of three dimensions that holds the nodes: no side more than twice
  // another, the fewest switches, and of equals the one whose sides differ least.
  std::optional<std::vector<std::int64_t>> dimensions;
  std::int64_t nodes_per_switch = 1;
  LinkRate link;  // of all dimensions

  [[nodiscard]] std::string_view name() const override { return wraps ? "torus" : "mesh"; }
  [[nodiscard]] Sized sized_for(std::int64_t nodes, const NodeSpec& node) const override;
  [[nodiscard]] std::optional<std::int64_t> capacity() const override;
};

TorusSpec read_torus(ObjectReader& reader, bool wraps);

}  // namespace rehearse
