#include "topologies/shapes/torus.h"

namespace rehearse {

TorusShape::TorusShape(Grid grid, std::int64_t nodes_per_switch, bool wraps)
    : BoxShape(std::move(grid), nodes_per_switch,
               [wraps](std::int64_t extent) { return wraps && extent > 2 ? extent : extent - 1; }),
      wraps_(wraps) {}

void TorusShape::each_edge(const std::function<void(const Edge&)>& visit) const {
  for (int d = 0; d < grid().dimensions(); ++d) {
    for (std::int64_t line = 0; line < grid().lines(d); ++line) {
      for (std::int64_t c = 0; c < edges_of_line(d); ++c) {
        visit(
            {grid().point_on(d, line, c), grid().point_on(d, line, (c + 1) % grid().extent(d)), 0});
      }
    }
  }
}

bool TorusShape::is_tie(std::int64_t from, std::int64_t to, int d) const {
  const std::int64_t distance = grid().coordinate(to, d) - grid().coordinate(from, d);
  return is_ring(d) && 2 * std::abs(distance) == grid().extent(d);
}

int TorusShape::ties(std::int64_t from, std::int64_t to) const {
  int count = 0;
  for (int d = 0; d < grid().dimensions(); ++d) count += is_tie(from, to, d) ? 1 : 0;
  return count;
}

void TorusShape::minimal(std::int64_t from, std::int64_t to, std::uint64_t turn,
                         std::vector<Hop>& out) const {
  std::array<bool, kMostDimensions> upwards{};
  for (const int d : grid().differing(from, to)) {
    const std::int64_t n = grid().extent(d);
    const std::int64_t distance = grid().coordinate(to, d) - grid().coordinate(from, d);
    bool& up = upwards[static_cast<std::size_t>(d)];
    if (is_tie(from, to, d)) {
      up = turn % 2 == 0;
      turn /= 2;
    } else {
      up = is_ring(d) ? (distance + n) % n * 2 < n : distance > 0;
    }
  }
  std::int64_t at = from;
  const Grid::Dimensions differing = grid().differing(from, to);
  const auto order = turn % static_cast<std::uint64_t>(orders_of(differing.count));
  for (const int d : grid().differing(from, to, order)) {
    const std::int64_t n = grid().extent(d);
    const std::int64_t line = grid().line_of(at, d);
    const std::int64_t end = grid().coordinate(to, d);
    std::int64_t c = grid().coordinate(at, d);
    while (c != end) {
      if (upwards[static_cast<std::size_t>(d)]) {
        out.push_back(2 * edge(d, line, c));
        c = (c + 1) % n;
      } else {
        c = (c + n - 1) % n;
        out.push_back(2 * edge(d, line, c) + 1);
      }
    }
    at = grid().point_on(d, line, end);
  }
}

std::int64_t TorusShape::minimal_routes(std::int64_t from, std::int64_t to) const {
  return orders_of(grid().differing(from, to).count) << ties(from, to);
}

std::uint64_t TorusShape::turn_of(const Flow& flow) const {
  const int choices = ties(leaf_of(flow.src, 0), leaf_of(flow.dst, 0));
  return flow.hash % (std::uint64_t{1} << choices);
}

}  // namespace rehearse
