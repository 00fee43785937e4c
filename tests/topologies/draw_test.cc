#include "topologies/pictures/draw.h"

#include <gtest/gtest.h>

#include "networks.h"

namespace rehearse {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Draw, SvgIsOneDocumentWithTitleAndLegend) {
  const std::string svg = to_svg(build_network(dragonfly(4, 2, 2), 72, one_device()));
  EXPECT_EQ(svg.rfind("<svg ", 0), 0U);
  EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
  EXPECT_NE(
      svg.find(
          "<title>Dragonfly of 9 groups of 4 routers: 72 nodes, 36 switches, 324 directed links"),
      std::string::npos);
  EXPECT_NE(svg.find("global: 4.00 GB/s per direction, 200 ns"), std::string::npos);
  EXPECT_EQ(count(svg, "<text"), count(svg, "</text>"));
}

TEST(Draw, LargeNetworksStaySmallPictures) {
  const Network aries = build_network(preset("aries-piz-daint"), 5704, one_device());
  EXPECT_LT(to_svg(aries).size(), 500'000U);
  EXPECT_LT(to_dot(aries).size(), 50'000U);
  const Network tree = build_network(fat_tree(32), 8192, one_device());
  EXPECT_LT(to_svg(tree).size(), 50'000U);
  EXPECT_EQ(to_svg(tree), to_svg(tree));
}

TEST(Draw, ToriAreDrawnInPlanes) {
  // 3 planes of 4 x 5 switches. Per plane 5 lines along x and 4 along y; the legend has one more,
  // as NICs are not drawn.
  const std::string svg = to_svg(build_network(torus({4, 5, 3}), 60, one_device()));
  EXPECT_EQ(count(svg, "<circle"), 60U);
  EXPECT_EQ(count(svg, "<line"), 3U * (5 + 4) + 1U);
  EXPECT_NE(svg.find("plane (x, y, 2)"), std::string::npos);
  EXPECT_NE(svg.find("come back on its other side"), std::string::npos);
  const std::string mesh = to_svg(build_network(torus({40, 2}, false), 80, one_device()));
  EXPECT_EQ(count(mesh, "<circle"), 64U);
  EXPECT_EQ(mesh.find("come back"), std::string::npos);
  EXPECT_NE(mesh.find("cut off at 32 switches"), std::string::npos);
  const Network large = build_network(torus({64, 64, 32}), 131072, one_device());
  EXPECT_LT(to_svg(large).size(), 500'000U);
  EXPECT_EQ(count(to_dot(large), " [label="), 32U);  // a box for each plane
}

TEST(Draw, DragonflyPlusIsDrawnInTwoCircles) {
  // Five groups of 2 leaves and 2 spines: 4 local links each and 10 global ones, two in the legend.
  const std::string svg = to_svg(build_network(dragonfly_plus(2), 20, one_device()));
  EXPECT_EQ(count(svg, "<circle"), 20U);
  EXPECT_EQ(count(svg, "<line"), 5U * 4 + 10 + 2);
  EXPECT_NE(svg.find("group 4"), std::string::npos);
}

TEST(Draw, DotNamesEveryVertexOfASmallNetwork) {
  const Network network = build_network(fat_tree(4), 16, one_device());
  const std::string dot = to_dot(network);
  EXPECT_EQ(count(dot, " [label="), static_cast<std::size_t>(network.vertices()));
  EXPECT_EQ(count(dot, " -- "), static_cast<std::size_t>(network.links() / 2));
  EXPECT_EQ(count(dot, "subgraph"), 4U);
  // With a limit below the number of vertices the nodes become a number on their leaf.
  EXPECT_EQ(count(to_dot(network, 30), " [label="), 20U);
  EXPECT_EQ(count(to_dot(network, 10), " [label="), 5U);  // four pods and the top
}

}  // namespace
}  // namespace rehearse
