// Every regular topology against its own list of edges.
#include <gtest/gtest.h>

#include "networks.h"
#include "shape_oracle.h"

namespace rehearse {
namespace {

using enum GlobalArrangement;

TEST(Shape, FatTreesRouteOverEveryColumn) {
  const FatTreeShape flat({3, 4}, {2});
  expect_routes(flat, leaves_of(flat, 12));
  const FatTreeShape tall({2, 2, 3, 2}, {2, 3, 2});
  expect_routes(tall, leaves_of(tall, 24));
}

TEST(Shape, DragonfliesRouteOverEveryGlobalLinkOfAPair) {
  for (const auto arrangement : {round_robin, absolute, relative, circulant}) {
    const DragonflyShape canonical(9, 1, 4, 2, 1, arrangement);
    expect_routes(canonical, leaves_of(canonical, 72), false);
    const DragonflyShape aries(4, 3, 4, 2, 7, arrangement);
    expect_routes(aries, leaves_of(aries, 96), false);
  }
}

TEST(Shape, ToriRouteAlongEveryShortestLineOfDimensions) {
  const std::vector<std::vector<std::int64_t>> boxes{
      {1},    {2},       {5},       {6},          {4, 3},         {6, 4},
      {1, 4}, {4, 1, 3}, {4, 4, 4}, {3, 2, 4, 2}, {2, 2, 2, 2, 2}};
  for (const auto& box : boxes) {
    for (const bool wraps : {true, false}) {
      const TorusShape shape(Grid(box), 2, wraps);
      expect_routes(shape, leaves_of(shape, 2 * shape.switches()));
    }
  }
}

TEST(Shape, HyperXRoutesInEveryOrderOfDimensions) {
  const std::vector<std::vector<std::int64_t>> boxes{{1},       {7},       {4, 3},
                                                     {5, 1, 4}, {3, 4, 5}, {2, 2, 2, 2, 2}};
  for (const auto& box : boxes) {
    const HyperXShape shape(Grid(box), 3);
    expect_routes(shape, leaves_of(shape, 3 * shape.switches()));
  }
}

TEST(Shape, SlimFliesRouteOverEveryCommonNeighbour) {
  for (const std::int64_t q : {3, 4, 5, 7, 8, 9, 11}) {
    const SlimFlyShape shape(q, 1);
    expect_routes(shape, leaves_of(shape, shape.switches()));
  }
}

TEST(Shape, DragonflyPlusRoutesOverEverySpineAndGlobalLink) {
  for (const auto arrangement : {round_robin, absolute, relative, circulant}) {
    for (const GlobalLinks& links :
         {GlobalLinks(1, 3, 0, arrangement), GlobalLinks(2, 3, 4, arrangement),
          GlobalLinks(5, 2, 1, arrangement), GlobalLinks(4, 3, 2, arrangement),
          GlobalLinks(3, 4, 4, arrangement), GlobalLinks(6, 5, 3, arrangement)}) {
      const DragonflyPlusShape shape(2, links.groups() == 4 ? 3 : 6, 2, links);
      expect_routes(shape, leaves_of(shape, 4 * links.groups()));
    }
  }
}

// The textbook's number of neighbours.
TEST(Shape, EverySwitchHasItsDegree) {
  const auto degrees = [](const NetworkShape& shape) {
    const ShapeOracle oracle(shape);
    std::map<std::int64_t, int> count;
    for (std::int64_t i = 0; i < shape.switches(); ++i) ++count[oracle.degree(i)];
    return count;
  };
  using Degrees = std::map<std::int64_t, int>;
  EXPECT_EQ(degrees(TorusShape(Grid({4, 4, 4}), 1, true)), (Degrees{{6, 64}}));
  EXPECT_EQ(degrees(TorusShape(Grid({3, 2, 1}), 1, true)), (Degrees{{3, 6}}));  // 2 + 1 + 0
  // A 4 x 4 mesh: 4 corners, 8 switches at the sides, 4 inside.
  EXPECT_EQ(degrees(TorusShape(Grid({4, 4}), 1, false)), (Degrees{{2, 4}, {3, 8}, {4, 4}}));
  EXPECT_EQ(degrees(HyperXShape(Grid({4, 3, 2}), 1)), (Degrees{{3 + 2 + 1, 24}}));
  EXPECT_EQ(degrees(SlimFlyShape(5, 1)), (Degrees{{7, 50}}));    // (3 * 5 - 1) / 2
  EXPECT_EQ(degrees(SlimFlyShape(7, 1)), (Degrees{{11, 98}}));   // (3 * 7 + 1) / 2
  EXPECT_EQ(degrees(SlimFlyShape(8, 1)), (Degrees{{12, 128}}));  // 3 * 8 / 2
  EXPECT_EQ(degrees(SlimFlyShape(9, 1)), (Degrees{{13, 162}}));  // (3 * 9 - 1) / 2
  for (const auto arrangement : {round_robin, absolute, relative, circulant}) {
    // 9 groups of 4 routers with 3 local and 2 global links each: 4 * 2 = 8 peers.
    EXPECT_EQ(degrees(DragonflyShape(9, 1, 4, 2, 1, arrangement)), (Degrees{{5, 36}}));
    // 5 groups of 2 leaves (2 spines each) and 2 spines (2 leaves and 2 global links).
    const GlobalLinks links(5, 2, 1, arrangement);
    EXPECT_EQ(degrees(DragonflyPlusShape(2, 2, 3, links)), (Degrees{{2, 10}, {4, 10}}));
  }
}

TEST(Shape, DiametersOfTheFabric) {
  const auto diameter = [](const NetworkShape& shape) { return ShapeOracle(shape).diameter(); };
  EXPECT_EQ(diameter(TorusShape(Grid({6, 5, 2}), 1, true)), 3 + 2 + 1);
  EXPECT_EQ(diameter(TorusShape(Grid({6, 5, 2}), 1, false)), 5 + 4 + 1);
  EXPECT_EQ(diameter(HyperXShape(Grid({4, 3, 2}), 1)), 3);
  EXPECT_EQ(diameter(HyperXShape(Grid({4, 1}), 1)), 1);
  // Four groups with one spine each: leaf, spine, spine, leaf.
  EXPECT_EQ(diameter(DragonflyPlusShape(2, 1, 1, {4, 1, 1, relative})), 3);
}

}  // namespace
}  // namespace rehearse
