// What tori, meshes and HyperX have in common: one switch on each point of a box, and edges only
// along its lines.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "topologies/shapes/grid.h"
#include "topologies/shapes/shape.h"

namespace rehearse {

// Node n hangs on switch n / nodes per switch, and switches are numbered with the first dimension
// fastest (topologies/shapes/grid.h). Groups are the slices of the last dimension, so the first
// half of the nodes of a full box is the lower half of the slices.
class BoxShape : public NetworkShape {
 public:
  // `edges_of_line`: how many a line of so many switches has. REQUIRES: nodes_per_switch >= 1.
  BoxShape(Grid grid, std::int64_t nodes_per_switch,
           const std::function<std::int64_t(std::int64_t extent)>& edges_of_line);

  [[nodiscard]] const Grid& grid() const { return grid_; }
  [[nodiscard]] std::int64_t switches() const override { return grid_.points(); }
  [[nodiscard]] std::int64_t edges() const override { return first_edge_.back(); }
  [[nodiscard]] std::int64_t leaf_of(std::int64_t node, int) const override {
    return node / nodes_per_switch_;
  }
  [[nodiscard]] std::int64_t groups() const override { return grid_.slices(); }
  [[nodiscard]] std::int64_t group_of(std::int64_t switch_index) const override {
    return grid_.slice_of(switch_index);
  }
  [[nodiscard]] std::string switch_name(std::int64_t switch_index) const override {
    return "switch " + grid_.name(switch_index);
  }

 protected:
  [[nodiscard]] std::int64_t edges_of_line(int d) const {
    return edges_of_line_[static_cast<std::size_t>(d)];
  }
  [[nodiscard]] std::int64_t first_edge(int d, std::int64_t line) const {
    return first_edge_[static_cast<std::size_t>(d)] + line * edges_of_line(d);
  }

 private:
  Grid grid_;
  std::int64_t nodes_per_switch_;
  std::vector<std::int64_t> edges_of_line_;  // by dimension
  std::vector<std::int64_t> first_edge_;     // of each dimension, then their number
};

}  // namespace rehearse
