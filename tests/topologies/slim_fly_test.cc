#include "topologies/shapes/slim_fly.h"

#include <gtest/gtest.h>

#include "networks.h"
#include "shape_oracle.h"

namespace rehearse {
namespace {

TEST(SlimFly, HasDiameterTwo) {
  for (const std::int64_t q : {3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19, 23, 25, 27}) {
    SCOPED_TRACE(q);
    const SlimFlyShape shape(q, 1);
    const ShapeOracle oracle(shape);
    EXPECT_EQ(shape.switches(), 2 * q * q);
    EXPECT_EQ(shape.edges(), q * q * SlimFlyShape::degree(q));
    EXPECT_EQ(oracle.diameter(), 2);
    for (std::int64_t i = 0; i < shape.switches(); ++i) {
      ASSERT_EQ(oracle.degree(i), SlimFlyShape::degree(q));
    }
  }
  EXPECT_EQ(SlimFlyShape::degree(19), 29);  // (3 * 19 + 1) / 2
  EXPECT_EQ(SlimFlyShape::degree(25), 37);  // (3 * 25 - 1) / 2
  EXPECT_EQ(SlimFlyShape::degree(16), 24);  // 3 * 16 / 2
  EXPECT_FALSE(SlimFlyShape::exists(2));
  EXPECT_FALSE(SlimFlyShape::exists(15));
}

TEST(SlimFly, HasARouteAlongItsLinesWhateverItsSize) {
  // Switches of different lines always meet (two lines cross once, and X and X' hold all
  // differences). Those of one line need one of its neighbours; all lines of a subgraph and all
  // points of a line are alike. 181 is the largest that is small enough to be built.
  for (std::int64_t q = 3; q <= 181; ++q) {
    if (!SlimFlyShape::exists(q)) continue;
    const SlimFlyShape shape(q, 1);
    for (const std::int64_t subgraph : {0, 1}) {
      const std::int64_t first = shape.switch_at({subgraph, 0, 0});
      for (std::int64_t point = 1; point < q; ++point) {
        ASSERT_GE(shape.minimal_routes(first, first + point), 1) << q;
      }
    }
  }
}

TEST(SlimFly, OfFiveIsTheHoffmanSingletonGraph) {
  // Degree 7 on 7^2 + 1 = 50 switches: the Moore graph, in which any two switches have exactly one
  // shortest route.
  const SlimFlyShape shape(5, 1);
  for (std::int64_t a = 0; a < 50; ++a) {
    for (std::int64_t b = 0; b < 50; ++b) EXPECT_EQ(shape.minimal_routes(a, b), 1);
  }
}

TEST(SlimFly, TakesTheSmallestThatHoldsTheNodes) {
  // q = 17 has degree 25, 13 nodes on each of 578 switches: 7514. q = 19 holds 722 * 15 = 10830.
  const auto switches = [](std::int64_t nodes) {
    return build_network(slim_fly(), nodes, one_device()).switches();
  };
  EXPECT_EQ(switches(1), 18);
  EXPECT_EQ(switches(7514), 578);
  EXPECT_EQ(switches(7515), 722);
}

TEST(SlimFly, GroupsAreRacksOfBothSubgraphs) {
  const SlimFlyShape shape(5, 4);
  EXPECT_EQ(shape.groups(), 5);
  EXPECT_EQ(shape.leaf_of(4 * 9, 0), 9);
  EXPECT_EQ(shape.group_of(9), 0);
  EXPECT_EQ(shape.group_of(10), 1);
  EXPECT_EQ(shape.switch_name(9), "subgraph 1 switch (0, 4)");
  EXPECT_EQ(shape.title(), "Slim Fly of q = 5");
}

}  // namespace
}  // namespace rehearse
