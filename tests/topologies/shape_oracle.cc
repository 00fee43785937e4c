#include "shape_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace rehearse {

using Route = std::vector<NetworkShape::Hop>;

ShapeOracle::ShapeOracle(const NetworkShape& shape)
    : neighbours_(static_cast<std::size_t>(shape.switches())) {
  shape.each_edge([&](const NetworkShape::Edge& edge) {
    edges_.push_back(edge);
    neighbours_.at(static_cast<std::size_t>(edge.a)).push_back(edge.b);
    neighbours_.at(static_cast<std::size_t>(edge.b)).push_back(edge.a);
  });
  EXPECT_EQ(static_cast<std::int64_t>(edges_.size()), shape.edges());
}

std::int64_t ShapeOracle::degree(std::int64_t switch_index) const {
  return static_cast<std::int64_t>(neighbours_[static_cast<std::size_t>(switch_index)].size());
}

std::vector<int> ShapeOracle::distances(std::int64_t from) const {
  std::vector<int> distance(neighbours_.size(), -1);
  std::vector<std::int64_t> queue{from};
  distance[static_cast<std::size_t>(from)] = 0;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const auto at = static_cast<std::size_t>(queue[next]);
    for (const std::int64_t neighbour : neighbours_[at]) {
      int& there = distance[static_cast<std::size_t>(neighbour)];
      if (there >= 0) continue;
      there = distance[at] + 1;
      queue.push_back(neighbour);
    }
  }
  return distance;
}

int ShapeOracle::diameter() const {
  int most = 0;
  for (std::size_t from = 0; from < neighbours_.size(); ++from) {
    for (const int distance : distances(static_cast<std::int64_t>(from))) {
      if (distance < 0) return -1;
      most = std::max(most, distance);
    }
  }
  return most;
}

bool ShapeOracle::leads(std::int64_t from, std::int64_t to, const Route& route) const {
  std::int64_t at = from;
  for (const NetworkShape::Hop hop : route) {
    if (hop < 0 || hop / 2 >= static_cast<std::int64_t>(edges_.size())) return false;
    const NetworkShape::Edge& edge = edges_[static_cast<std::size_t>(hop / 2)];
    if (at != (hop % 2 == 0 ? edge.a : edge.b)) return false;
    at = hop % 2 == 0 ? edge.b : edge.a;
  }
  return at == to;
}

void expect_routes(const NetworkShape& shape, const std::vector<std::int64_t>& leaves,
                   bool shortest) {
  SCOPED_TRACE(shape.title());
  const ShapeOracle oracle(shape);
  std::size_t wrong = 0;
  for (const std::int64_t from : leaves) {
    const std::vector<int> distance = oracle.distances(from);
    for (const std::int64_t to : leaves) {
      const std::int64_t count = shape.minimal_routes(from, to);
      std::set<Route> routes;
      for (std::int64_t turn = 0; turn < count; ++turn) {
        Route route;
        shape.minimal(from, to, static_cast<std::uint64_t>(turn), route);
        const auto length = static_cast<std::size_t>(distance[static_cast<std::size_t>(to)]);
        if (shortest ? route.size() != length : route.size() < length) ++wrong;
        if (!oracle.leads(from, to, route)) ++wrong;
        routes.insert(route);
      }
      if (static_cast<std::int64_t>(routes.size()) != count) ++wrong;
      const std::uint64_t any = mixed(static_cast<std::uint64_t>(from * shape.switches() + to));
      Route route;
      shape.minimal(from, to, any, route);
      if (!routes.contains(route)) ++wrong;
      route.clear();
      shape.detour(from, to, any, route);
      if (!oracle.leads(from, to, route)) ++wrong;
    }
  }
  EXPECT_EQ(wrong, 0U);
}

std::vector<std::int64_t> leaves_of(const NetworkShape& shape, std::int64_t nodes) {
  std::set<std::int64_t> leaves;
  for (std::int64_t node = 0; node < nodes; ++node) leaves.insert(shape.leaf_of(node, 0));
  return {leaves.begin(), leaves.end()};
}

}  // namespace rehearse
