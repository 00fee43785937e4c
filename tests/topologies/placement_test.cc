#include "topologies/placement/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "networks.h"
#include "topologies/placement/busy_machine.h"

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

TEST(Place, NumbersTheNodesOfAJobAsItComesToThem) {
  const Network network = build_network(single_switch(), 8, node_of_devices(2, 1));
  // Devices 2 n and 2 n + 1 are those of node n.
  EXPECT_EQ(job_nodes(network, {10, 11, 4, 10, 1}), (std::vector<std::int64_t>{0, 0, 1, 0, 2}));
  EXPECT_TRUE(job_nodes(network, {}).empty());
}

TEST(Place, RefusesMoreWorkersThanDevices) {
  const Network network = build_network(single_switch(), 4, node_of_devices(2, 1));
  EXPECT_EQ(error_of([&] { place(network, {}, 9, 1); }),
            "9 workers do not fit 8 devices (4 nodes of 2): use more nodes or fewer workers");
}

// Lengths of the runs of neighbours among the nodes that are not free.
std::vector<std::int64_t> busy_runs(std::int64_t nodes, const std::vector<NodeId>& free) {
  std::vector<std::int64_t> runs;
  std::int64_t next = 0;
  for (const NodeId node : free) {
    if (node > next) runs.push_back(node - next);
    next = node + 1;
  }
  if (nodes > next) runs.push_back(nodes - next);
  return runs;
}

TEST(FreeNodes, AreOrderedAndAsManyAsAsked) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::int64_t nodes = 1 + static_cast<std::int64_t>(seed) * 37;
    const std::int64_t free = 1 + (nodes - 1) * static_cast<std::int64_t>(seed % 5) / 4;
    const std::vector<NodeId> found = free_nodes(nodes, free, seed);
    ASSERT_EQ(static_cast<std::int64_t>(found.size()), free);
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
    EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
    EXPECT_TRUE(0 <= found.front() && found.back() < nodes);
    EXPECT_EQ(found, free_nodes(nodes, free, seed));
  }
}

TEST(FreeNodes, BusyNodesStandTogether) {
  // Half of 1024 nodes. Jobs of 1, 2, 4, … 128 nodes are 255 / 8 = 32 nodes long on average: about
  // 16 of them. Independent busy nodes would make runs of 2 nodes on average, 256 of them.
  double runs = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    runs += static_cast<double>(busy_runs(1024, free_nodes(1024, 512, seed)).size()) / 20;
  }
  EXPECT_GT(runs, 8);
  EXPECT_LT(runs, 30);
}

TEST(FreeNodes, OfAnIdleMachineAreAll) {
  const Network network = build_network(single_switch(), 6, one_device());
  Placement linear{Kind::linear, {}};
  EXPECT_EQ(place(network, linear, 6, 1), place(network, {}, 6, 1));
  linear.free = 0.5;
  EXPECT_EQ(place(network, linear, 3, 1), free_nodes(6, 3, 1));
  EXPECT_EQ(error_of([&] { place(network, linear, 4, 1); }),
            "4 workers do not fit 3 devices (3 nodes of 1): use more nodes or fewer workers");
}

TEST(Mapping, DealsWorkersToTheNodesOfTheJob) {
  // Five workers of two devices take three nodes.
  const Network network = build_network(single_switch(), 4, node_of_devices(2, 1));
  Placement dealt{Kind::explicit_nodes, {3, 1, 0, 2}};
  dealt.mapping = Placement::Mapping::round_robin;
  EXPECT_EQ(place(network, dealt, 5, 1), (std::vector<EndpointId>{6, 2, 0, 7, 3}));
  EXPECT_EQ(place(network, dealt, 2, 1), (std::vector<EndpointId>{6, 7}));
}

TEST(Mapping, TakesTheSameDevicesEitherWay) {
  const Network network = build_network(fat_tree(8), 128, node_of_devices(4, 1));
  for (const Kind kind : {Kind::contiguous, Kind::random, Kind::group_round_robin, Kind::linear}) {
    Placement block{kind, {}};
    block.free = 0.75;
    Placement dealt = block;
    dealt.mapping = Placement::Mapping::round_robin;
    const auto a = place(network, block, 200, 3);
    const auto b = place(network, dealt, 200, 3);
    EXPECT_EQ(std::set<EndpointId>(a.begin(), a.end()), std::set<EndpointId>(b.begin(), b.end()));
    EXPECT_NE(network.node_of(b[0]), network.node_of(b[1]));
  }
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
  EXPECT_EQ(read(R"({"placement": {"kind": "random"}})").kind, Kind::random);
  const Placement linear = read(R"({"placement": {"kind": "linear", "free": 0.25}})");
  EXPECT_EQ(linear.kind, Kind::linear);
  EXPECT_EQ(linear.free, 0.25);
  EXPECT_EQ(usable_nodes(linear, 100), 25);
  EXPECT_EQ(usable_nodes(linear, 1), 1);
}

}  // namespace
}  // namespace rehearse
