#include "topologies/shapes/torus.h"

#include <gtest/gtest.h>

#include <set>

#include "networks.h"

namespace rehearse {
namespace {

// The dimensions of the links of a path, in its order.
std::vector<int> dimensions_of(const Network& network, const std::vector<LinkId>& path) {
  const Grid& grid = dynamic_cast<const TorusShape&>(network.shape()).grid();
  std::vector<int> found;
  for (std::size_t i = 1; i + 1 < path.size(); ++i) {
    const Link link = network.link(path[i]);
    const auto differing =
        grid.differing(link.from - network.first_switch(), link.to - network.first_switch());
    EXPECT_EQ(differing.count, 1);
    found.push_back(differing.which[0]);
  }
  return found;
}

TEST(Torus, DeterministicRoutingTakesTheDimensionsInOrder) {
  const Network network = build_network(torus({4, 3, 4}), 48, one_device());
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  for (EndpointId src = 0; src < 48; ++src) {
    for (EndpointId dst = 0; dst < 48; ++dst) {
      for (const std::uint64_t key : {0, 1, 2}) {
        router->route(src, dst, key, path);
        const std::vector<int> dimensions = dimensions_of(network, path);
        EXPECT_TRUE(std::is_sorted(dimensions.begin(), dimensions.end()));
      }
    }
  }
}

TEST(Torus, HalfWayRoundEveryWayIsUsed) {
  const Network network = build_network(torus({4, 4, 4}), 64, one_device());
  const auto router = make_router(network, Routing::minimal);
  std::set<std::vector<LinkId>> paths;
  std::vector<LinkId> path;
  for (std::uint64_t key = 0; key < 200; ++key) {
    router->route(0, 42, key, path);  // to (2, 2, 2): 2 + 4 * 2 + 16 * 2
    EXPECT_EQ(path.size(), 2U + 6U);
    paths.insert(path);
  }
  EXPECT_EQ(paths.size(), 8U);  // two ways in each of three dimensions
  // Adaptive and randomized routings may take the 3! orders of the dimensions as well.
  EXPECT_EQ(network.shape().minimal_routes(0, 42), 8 * 6);
  EXPECT_EQ(network.shape().minimal_routes(0, 2 + 4 * 1), 2 * 2);
  EXPECT_EQ(network.shape().minimal_routes(0, 0), 1);
}

TEST(Torus, GroupsAreThePlanesOfTheLastDimension) {
  const Network network = build_network(torus({4, 3, 2, 1}), 24, one_device());
  EXPECT_EQ(network.groups(), 2);
  EXPECT_EQ(network.group_of(11), 0);
  EXPECT_EQ(network.group_of(12), 1);
  EXPECT_EQ(network.vertex_name(network.switch_vertex(23)), "switch (3, 2, 1, 0)");
  EXPECT_EQ(network.shape().title(), "Torus of 4 x 3 x 2 x 1 switches");
}

TEST(Torus, DefaultIsTheMostCubicBoxThatHoldsTheNodes) {
  const auto title = [](std::int64_t nodes, std::int64_t per_switch) {
    NetworkSpec spec = torus({}, false);
    edit<TorusSpec>(spec, [&](TorusSpec& box) {
      box.dimensions.reset();
      box.nodes_per_switch = per_switch;
    });
    return build_network(spec, nodes, one_device()).shape().title();
  };
  EXPECT_EQ(title(1, 1), "Mesh of 1 x 1 x 1 switches");
  EXPECT_EQ(title(2, 1), "Mesh of 1 x 1 x 2 switches");
  EXPECT_EQ(title(128, 1), "Mesh of 4 x 4 x 8 switches");
  EXPECT_EQ(title(1000, 1), "Mesh of 10 x 10 x 10 switches");
  EXPECT_EQ(title(8192, 2), "Mesh of 16 x 16 x 16 switches");
  // 5704 = 8 * 23 * 31 has no three sides within a factor of two, the next seven numbers have a
  // prime factor above 160, and 5712 = 16 * 17 * 21.
  EXPECT_EQ(title(5704, 1), "Mesh of 16 x 17 x 21 switches");
}

}  // namespace
}  // namespace rehearse
