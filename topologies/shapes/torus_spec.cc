#include <algorithm>
#include <cmath>

#include "topologies/shapes/spec_checks.h"
#include "topologies/shapes/torus.h"

namespace rehearse {
namespace {

// The box of three sides a <= b <= c <= 2 a with the fewest points, at least `points`; of equals
// the one with the smallest difference c - a.
std::vector<std::int64_t> most_cubic(std::int64_t points) {
  const auto cube = static_cast<std::int64_t>(std::ceil(std::cbrt(static_cast<double>(points))));
  std::vector<std::int64_t> best{cube, cube, cube};
  const auto size = [](const std::vector<std::int64_t>& box) { return box[0] * box[1] * box[2]; };
  for (std::int64_t a = cube; a >= 1; --a) {
    for (std::int64_t b = a; b <= 2 * a; ++b) {
      const std::int64_t c = std::max(b, (points + a * b - 1) / (a * b));
      if (c > 2 * a) continue;
      const std::vector<std::int64_t> box{a, b, c};
      const bool nearer = box[2] - box[0] < best[2] - best[0];
      if (size(box) < size(best) || (size(box) == size(best) && nearer)) best = box;
    }
  }
  return best;
}

}  // namespace

TopologySpec::Sized TorusSpec::sized_for(std::int64_t nodes, const NodeSpec&) const {
  const std::string topology(name());
  expect_positive(topology, "nodes per switch", nodes_per_switch);
  const std::vector<std::int64_t> extents =
      dimensions ? *dimensions : most_cubic((nodes + nodes_per_switch - 1) / nodes_per_switch);
  expect_box(topology, extents, nodes_per_switch, nodes);
  const double switches = product_of(extents);
  expect_size(switches, 2 * switches * static_cast<double>(extents.size()));
  return {std::make_shared<TorusShape>(Grid(extents), nodes_per_switch, wraps),
          {symmetric_kind("links of the " + topology, link, LinkClass::dimension)}};
}

std::optional<std::int64_t> TorusSpec::capacity() const {
  if (!dimensions) return {};
  return whole_capacity(product_of(*dimensions) * static_cast<double>(nodes_per_switch));
}

}  // namespace rehearse
