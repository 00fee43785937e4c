#include "topologies/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "networks.h"

namespace rehearse {
namespace {

using Kind = Placement::Kind;

TEST(Place, ContiguousFillsNodeByNode) {
  const Network network = build_network(single_switch(), 3, node_of_devices(2, 1));
  EXPECT_EQ(place(network, {}, 5, 1), (std::vector<EndpointId>{0, 1, 2, 3, 4}));
}

TEST(Place, RandomIsASeededPermutationOfNodes) {
  const Network network = build_network(fat_tree(8), 128, node_of_devices(2, 1));
  const auto a = place(network, {Kind::random, {}}, 256, 1);
  EXPECT_EQ(a, place(network, {Kind::random, {}}, 256, 1));
  EXPECT_NE(a, place(network, {Kind::random, {}}, 256, 2));
  EXPECT_EQ(std::set<EndpointId>(a.begin(), a.end()).size(), 256U);
  for (std::size_t i = 0; i < a.size(); i += 2) EXPECT_EQ(a[i] + 1, a[i + 1]);
  // The first workers do not depend on how many follow.
  const auto few = place(network, {Kind::random, {}}, 10, 1);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), a.begin()));
}

TEST(Place, GroupRoundRobinDealsNodesToGroups) {
  // Nine groups of eight nodes, the last of which has two.
  const Network network = build_network(dragonfly(4, 2, 2), 66, one_device());
  const auto placed = place(network, {Kind::group_round_robin, {}}, 66, 1);
  EXPECT_EQ(placed[0], 0);
  EXPECT_EQ(placed[1], 8);
  EXPECT_EQ(placed[9], 1);
  EXPECT_EQ(placed[18 + 8], 3);  // the ninth group is used up
  EXPECT_EQ(std::set<EndpointId>(placed.begin(), placed.end()).size(), 66U);
}

TEST(Place, GroupsOfATorusAreItsPlanes) {
  // 4 x 2 x 3: neighbours along the last dimension come one after the other.
  const Network network = build_network(torus({4, 2, 3}), 24, one_device());
  const auto placed = place(network, {Kind::group_round_robin, {}}, 24, 1);
  EXPECT_TRUE(
      std::equal(placed.begin(), placed.begin() + 4, std::vector<EndpointId>{0, 8, 16, 1}.begin()));
}

TEST(Place, ExplicitNodesKeepTheirOrder) {
  const Network network = build_network(single_switch(), 4, node_of_devices(2, 1));
  EXPECT_EQ(place(network, {Kind::explicit_nodes, {3, 1}}, 3, 1),
            (std::vector<EndpointId>{6, 7, 2}));
  EXPECT_EQ(error_of([&] {
              place(network, {Kind::explicit_nodes, {3, 4}}, 3, 1);
            }),
            "the placement lists node 4, which does not exist (nodes count from 0 to 3)");
  EXPECT_EQ(error_of([&] {
              place(network, {Kind::explicit_nodes, {3, 3}}, 3, 1);
            }),
            "the placement lists node 3 twice");
}

TEST(Place, RefusesMoreWorkersThanDevices) {
  const Network network = build_network(single_switch(), 4, node_of_devices(2, 1));
  EXPECT_EQ(error_of([&] { place(network, {}, 9, 1); }),
            "9 workers do not fit 8 devices (4 nodes of 2): use more nodes or fewer workers");
}

Placement read(const std::string& text) {
  const JsonDocument document = JsonDocument::parse_text(text, "s.json");
  ObjectReader root = document.root();
  Placement placement = read_placement(root, "placement");
  root.finish();
  return placement;
}

TEST(Place, ReadsNamesAndLists) {
  EXPECT_EQ(read("{}").kind, Kind::contiguous);
  EXPECT_EQ(read(R"({"placement": "group_round_robin"})").kind, Kind::group_round_robin);
  EXPECT_EQ(read(R"({"placement": [4, 2]})").nodes, (std::vector<std::int64_t>{4, 2}));
  EXPECT_NE(error_of([] { read(R"({"placement": "randon"})"); }).find("random"), std::string::npos);
}

}  // namespace
}  // namespace rehearse
