#include "topologies/shapes/hyperx.h"

namespace rehearse {

HyperXShape::HyperXShape(Grid grid, std::int64_t nodes_per_switch)
    : BoxShape(std::move(grid), nodes_per_switch, pairs_of) {}

std::int64_t HyperXShape::edge(int d, std::int64_t line, std::int64_t a, std::int64_t b) const {
  return first_edge(d, line) + pair_index(a, b, grid().extent(d));
}

void HyperXShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (int d = 0; d < grid().dimensions(); ++d) {
    for (std::int64_t line = 0; line < grid().lines(d); ++line) {
      for (std::int64_t a = 0; a < grid().extent(d); ++a) {
        for (std::int64_t b = a + 1; b < grid().extent(d); ++b) {
          visit({grid().point_on(d, line, a), grid().point_on(d, line, b), 0});
        }
      }
    }
  }
}

void HyperXShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                          std::vector<Hop>& out) const {
  std::int64_t at = from;
  const auto order = turn % static_cast<std::uint64_t>(minimal_routes(from, to));
  for (const int d : grid().differing(from, to, order)) {
    const std::int64_t line = grid().line_of(at, d);
    const std::int64_t here = grid().coordinate(at, d);
    const std::int64_t there = grid().coordinate(to, d);
    out.push_back(here < there ? 2 * edge(d, line, here, there)
                               : 2 * edge(d, line, there, here) + 1);
    at = grid().point_on(d, line, there);
  }
}

}  // namespace rehearse
