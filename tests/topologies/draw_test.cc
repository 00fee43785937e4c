#include "topologies/draw.h"

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
