#include "topologies/hyperx.h"

#include "base/contract.h"

namespace rehearse {

HyperXShape::HyperXShape(Grid grid, std::int64_t nodes_per_switch)
    : grid_(std::move(grid)), nodes_per_switch_(nodes_per_switch), first_edge_{0} {
  EXPECTS(nodes_per_switch >= 1);
  for (int d = 0; d < grid_.dimensions(); ++d) {
    first_edge_.push_back(first_edge_.back() + grid_.lines(d) * pairs_of(grid_.extent(d)));
  }
}

std::int64_t HyperXShape::edge(int d, std::int64_t line, std::int64_t a, std::int64_t b) const {
  const std::int64_t n = grid_.extent(d);
  return first_edge_[static_cast<std::size_t>(d)] + line * pairs_of(n) + pair_index(a, b, n);
}

void HyperXShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (int d = 0; d < grid_.dimensions(); ++d) {
    for (std::int64_t line = 0; line < grid_.lines(d); ++line) {
      for (std::int64_t a = 0; a < grid_.extent(d); ++a) {
        for (std::int64_t b = a + 1; b < grid_.extent(d); ++b) {
          visit({grid_.point_on(d, line, a), grid_.point_on(d, line, b), 0});
        }
      }
    }
  }
}

void HyperXShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                          std::vector<Hop>& out) const {
  std::int64_t at = from;
  const auto order = turn % static_cast<std::uint64_t>(minimal_routes(from, to));
  for (const int d : grid_.differing(from, to, order)) {
    const std::int64_t line = grid_.line_of(at, d);
    const std::int64_t here = grid_.coordinate(at, d);
    const std::int64_t there = grid_.coordinate(to, d);
    out.push_back(here < there ? 2 * edge(d, line, here, there)
                               : 2 * edge(d, line, there, here) + 1);
    at = grid_.point_on(d, line, there);
  }
}

}  // namespace rehearse
