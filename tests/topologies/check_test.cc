#include "topologies/graph/check.h"

#include <gtest/gtest.h>

#include "graphs.h"

namespace rehearse {
namespace {

NetworkCheck check_of(const Network& network) {
  return check_network(network, *make_router(network, Routing::minimal));
}

std::vector<double> shares(const NetworkCheck& check) {
  std::vector<double> shares;
  for (const auto& pattern : check.throughput) shares.push_back(pattern.share);
  return shares;
}

TEST(Check, OneSwitchCarriesEverything) {
  const NetworkCheck check = check_of(build_network(single_switch(), 6, one_device()));
  EXPECT_TRUE(check.passed());
  ASSERT_EQ(check.throughput.size(), 2U);  // one group: uniform and half way
  for (const double share : shares(check)) EXPECT_DOUBLE_EQ(share, 1);
}

TEST(Check, DevicesThatShareANicFillIt) {
  // Four devices of a node share one NIC: 4 * 40 GB/s of device links never limit 10 GB/s.
  const NetworkCheck check = check_of(build_network(single_switch(), 3, node_of_devices(4, 1)));
  for (const double share : shares(check)) EXPECT_DOUBLE_EQ(share, 1);
}

TEST(Check, OversubscriptionShows) {
  // Leaves of 24 nodes with 12 links up. Half way: all 24 send to the other leaf, two over each
  // link. Uniform: a node sends 24 of 47 messages up; 24 * 24 over 12 links of 10 GB/s take 48
  // units of time, the NIC 47.
  NetworkSpec spec = fat_tree(36, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) { tree.oversubscription = {2}; });
  const NetworkCheck check = check_of(build_network(spec, 48, one_device()));
  ASSERT_EQ(check.throughput.size(), 3U);
  EXPECT_DOUBLE_EQ(check.throughput[0].share, 47.0 / 48);
  EXPECT_DOUBLE_EQ(check.throughput[1].share, 0.5);  // next group: the same as half way
  EXPECT_DOUBLE_EQ(check.throughput[2].share, 0.5);
}

TEST(Check, ADragonflyIsWeakBetweenNeighbours) {
  // a = 2, p = h = 1: 3 groups of 2 nodes, one global link of 4 GB/s per pair, NICs of 10 GB/s.
  // Uniform: 2 * 2 messages cross a global link, in 4 / 4 units of time; a node sends 5, in 5 / 10.
  // Next group: 2 messages over the one link: (1 / 10) / (2 / 4). Half way, node n to n + 3: each
  // direction of each global link carries one message: (1 / 10) / (1 / 4).
  const NetworkCheck check = check_of(build_network(dragonfly(2, 1, 1), 6, one_device()));
  const std::vector<double> found = shares(check);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_DOUBLE_EQ(found[0], 0.5);
  EXPECT_DOUBLE_EQ(found[1], 0.2);
  EXPECT_DOUBLE_EQ(found[2], 0.4);
  EXPECT_EQ(check.throughput[1].pattern, "next group: node n to n + 2");
}

TEST(Check, SamplesWhatIsLarge) {
  // 3456 nodes: 3456 * 3455 flows are above 2^21; a full tree carries every such permutation.
  const NetworkCheck check = check_of(build_network(fat_tree(24), 3456, one_device()));
  EXPECT_TRUE(check.throughput[0].exact);
  EXPECT_DOUBLE_EQ(check.throughput[0].share, 1);
  EXPECT_TRUE(check.throughput[1].exact);
}

TEST(Check, CountsPairsThatCannotReachEachOther) {
  const NetworkSpec spec = of_graph_text(
      R"({"switches": ["a", "b"], "links": [],
          "nodes": [{"switches": ["a"], "count": 3}, {"switches": ["b"]}]})");
  // 3 nodes with the fourth, both ways, 2 * 2 pairs of devices each.
  const Network network = build_any_network(spec, 4, node_of_devices(2, 1));
  const NetworkCheck check = check_of(network);
  EXPECT_FALSE(check.passed());
  EXPECT_EQ(check.unreachable, 3 * 2 * 2 * 2);
  EXPECT_EQ(check.unreachable_from, 0);
  EXPECT_EQ(check.unreachable_to, 3);
  EXPECT_TRUE(check.throughput.empty());
  EXPECT_EQ(error_of([&] { build_network(spec, 4, one_device()); }),
            "net: /: the network is not connected (node 3 on 'b' cannot reach node 0 on "
            "'a'): add links or a switch above, or use the first 3 nodes only");
}

TEST(Check, FindsLinksThatAreFasterOneWay) {
  const NetworkSpec spec = of_graph_text(
      R"({"switches": ["a", "b"], "nodes": [{"switches": ["a"]}, {"switches": ["b"]}],
          "links": [{"a": "a", "b": "b", "bandwidth": "10 GB/s", "bandwidth_back": "5 GB/s",
                     "latency": "1 us"}]})");
  const Network network = build_network(spec, 2, one_device());
  const NetworkCheck check = check_of(network);
  EXPECT_FALSE(check.passed());
  EXPECT_EQ(check.asymmetric, 1);
  EXPECT_EQ(network.link_name(check.asymmetric_link), "a -> b");
  // Node 1 gets through at half its rate, node 0 at all of it; the slower counts.
  EXPECT_DOUBLE_EQ(check.throughput[0].share, 0.5);
  EXPECT_EQ(network.link_name(check.throughput[0].busiest), "b -> a");
}

}  // namespace
}  // namespace rehearse
