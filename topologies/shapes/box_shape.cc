#include "topologies/shapes/box_shape.h"

#include "base/contract.h"

namespace rehearse {

BoxShape::BoxShape(Grid grid, std::int64_t nodes_per_switch,
                   const std::function<std::int64_t(std::int64_t extent)>& edges_of_line)
    : grid_(std::move(grid)), nodes_per_switch_(nodes_per_switch), first_edge_{0} {
  EXPECTS(nodes_per_switch >= 1);
  for (int d = 0; d < grid_.dimensions(); ++d) {
    edges_of_line_.push_back(edges_of_line(grid_.extent(d)));
    first_edge_.push_back(first_edge_.back() + grid_.lines(d) * edges_of_line_.back());
  }
}

}  // namespace rehearse
