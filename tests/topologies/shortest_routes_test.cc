#include "topologies/routing/shortest_routes.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <thread>

#include "base/random.h"

namespace rehearse {
namespace {

using Route = std::vector<NetworkShape::Hop>;

constexpr std::int64_t kSwitches = 14;

// Some switches get no edge, some pairs two.
std::vector<ShortestRoutes::Ends> random_graph(std::uint64_t seed, int edges) {
  RandomStream random(seed, {});
  std::vector<ShortestRoutes::Ends> ends;
  while (static_cast<int>(ends.size()) < edges) {
    const auto a = static_cast<std::int64_t>(random.below(kSwitches));
    const auto b = static_cast<std::int64_t>(random.below(kSwitches));
    if (a != b) ends.push_back({a, b});
  }
  ends[0].a = -1;  // left out
  return ends;
}

// Every walk of at most `most` hops, tried one by one: the obvious way.
std::set<Route> all_shortest(const std::vector<ShortestRoutes::Ends>& edges, std::int64_t from,
                             std::int64_t to) {
  std::set<Route> found;
  Route route;
  std::function<void(std::int64_t, int)> walk = [&](std::int64_t at, int most) {
    if (at == to && most == 0) found.insert(route);
    if (most == 0) return;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (edges[i].a < 0 || (edges[i].a != at && edges[i].b != at)) continue;
      const bool forward = edges[i].a == at;
      route.push_back(static_cast<NetworkShape::Hop>(2 * i + (forward ? 0 : 1)));
      walk(forward ? edges[i].b : edges[i].a, most - 1);
      route.pop_back();
    }
  };
  for (int most = 0; most < 7 && found.empty(); ++most) walk(from, most);
  return found;
}

TEST(ShortestRoutes, TurnsGiveEachRouteOnce) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto edges = random_graph(seed, 20);
    const ShortestRoutes routes(kSwitches, edges);
    for (std::int64_t from = 0; from < kSwitches; ++from) {
      for (std::int64_t to = 0; to < kSwitches; to += 3) {
        const std::set<Route> expected = all_shortest(edges, from, to);
        const std::int64_t count = routes.count(from, to);
        if (expected.empty() && count > 0) continue;  // longer than was tried
        ASSERT_EQ(count, static_cast<std::int64_t>(expected.size()));
        std::set<Route> found;
        for (std::int64_t turn = 0; turn < count; ++turn) {
          Route route;
          routes.append(from, to, static_cast<std::uint64_t>(turn), route);
          found.insert(route);
        }
        EXPECT_EQ(found, expected);
      }
    }
  }
}

TEST(ShortestRoutes, CountsWithoutOverflow) {
  // A chain of 40 switches with two edges between neighbours: 2^39 routes, counted up to 2^31.
  std::vector<ShortestRoutes::Ends> edges;
  for (std::int64_t i = 0; i < 39; ++i) edges.insert(edges.end(), 2, {i, i + 1});
  const ShortestRoutes routes(40, edges);
  EXPECT_EQ(routes.count(0, 39), std::int64_t{1} << 31);
  EXPECT_EQ(routes.count(0, 30), std::int64_t{1} << 30);
  Route route;
  routes.append(0, 39, ~std::uint64_t{0}, route);
  EXPECT_EQ(route.size(), 39U);
}

TEST(ShortestRoutes, MayBeAskedByManyThreads) {
  const ShortestRoutes routes(kSwitches, random_graph(1, 20));
  const ShortestRoutes alone(kSwitches, random_graph(1, 20));
  std::vector<std::vector<Route>> found(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : found) {
      threads.emplace_back([&] {
        for (std::int64_t pair = 0; pair < kSwitches * kSwitches; ++pair) {
          const std::int64_t from = pair / kSwitches;
          const std::int64_t to = pair % kSwitches;
          mine.emplace_back();
          if (routes.reachable(from, to)) routes.append(from, to, 5, mine.back());
        }
      });
    }
  }
  for (std::int64_t pair = 0; pair < kSwitches * kSwitches; ++pair) {
    Route expected;
    const std::int64_t from = pair / kSwitches;
    const std::int64_t to = pair % kSwitches;
    if (alone.reachable(from, to)) alone.append(from, to, 5, expected);
    for (const auto& mine : found) EXPECT_EQ(mine[static_cast<std::size_t>(pair)], expected);
  }
}

}  // namespace
}  // namespace rehearse
