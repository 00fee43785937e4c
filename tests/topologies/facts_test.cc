#include "topologies/graph/facts.h"

#include <gtest/gtest.h>

#include "networks.h"

namespace rehearse {
namespace {

NetworkFacts facts_of(const Network& network) {
  return facts(network, *make_router(network, Routing::minimal));
}

TEST(Facts, SingleSwitchIsTwoHops) {
  const NetworkFacts f = facts_of(build_network(single_switch(), 7, one_device()));
  EXPECT_EQ(f.diameter, 2);
  EXPECT_EQ(f.mean_hops, 2);
  EXPECT_TRUE(f.hops_exact);
  EXPECT_DOUBLE_EQ(f.bisection.value(), 3 * 10e9);  // three nodes send
  EXPECT_DOUBLE_EQ(f.injection.value(), 7 * 10e9);
}

TEST(Facts, FullTreeHasFullBisection) {
  for (const std::int64_t k : {4, 8}) {
    const std::int64_t nodes = k * k * k / 4;
    const NetworkFacts f = facts_of(build_network(fat_tree(k), nodes, one_device()));
    EXPECT_EQ(f.diameter, 6);
    EXPECT_DOUBLE_EQ(f.bisection.value(), static_cast<double>(nodes / 2) * 10e9);
  }
  // k = 4: from a node, 1 other on its leaf (2 hops), 2 in its pod (4), 12 beyond (6).
  const NetworkFacts f = facts_of(build_network(fat_tree(4), 16, one_device()));
  EXPECT_DOUBLE_EQ(f.mean_hops, (1 * 2 + 2 * 4 + 12 * 6) / 15.0);
}

TEST(Facts, OversubscribedTreeIsLimitedByItsLeaves) {
  // 24 nodes and 12 up links per leaf of 10 GB/s: each of the two leaves sends 120 GB/s.
  NetworkSpec spec = fat_tree(36, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) { tree.oversubscription = {2}; });
  EXPECT_DOUBLE_EQ(bisection_bandwidth(build_network(spec, 48, one_device())).value(), 120e9);
}

TEST(Facts, DragonflyBisectionIsItsGlobalLinks) {
  // a = 4, p = 2, h = 2, four groups: floor(8 / 3) = 2 links of 4 GB/s per pair. Between groups {0,
  // 1} and {2, 3}: 4 pairs, 8 links, 32 GB/s, below the 16 * 10 GB/s of the nodes.
  const NetworkFacts f = facts_of(build_network(dragonfly(4, 2, 2), 32, one_device()));
  EXPECT_DOUBLE_EQ(f.bisection.value(), 32e9);
  EXPECT_EQ(f.diameter, 5);  // injection, local, global, local, injection
}

TEST(Facts, SeveralNicsAndDevicesCount) {
  const NetworkFacts f = facts_of(build_network(single_switch(), 4, node_of_devices(4, 2)));
  EXPECT_EQ(f.endpoints, 16);
  EXPECT_DOUBLE_EQ(f.injection.value(), 4 * 2 * 10e9);
  EXPECT_DOUBLE_EQ(f.bisection.value(), 2 * 2 * 10e9);
  EXPECT_EQ(f.diameter, 4);
  EXPECT_DOUBLE_EQ(f.mean_hops, (3 * 2 + 12 * 4) / 15.0);
}

TEST(Facts, PizDaint) {
  const NetworkFacts f = facts_of(build_network(preset("aries-piz-daint"), 5704, one_device()));
  EXPECT_EQ(f.nodes, 5704);
  EXPECT_EQ(f.switches, 1440);
  EXPECT_EQ(f.groups, 15);
  EXPECT_FALSE(f.hops_exact);
  EXPECT_EQ(f.diameter, 7);  // injection, 2 local, global, 2 local, injection
  EXPECT_DOUBLE_EQ(f.injection.value(), 5704 * 9.7e9);
  // Half of 5704 is 7 groups and 164 nodes of group 7. The narrowest cut takes the global links of
  // those 7 groups to the other 8, and the injection links of the 164 nodes.
  EXPECT_DOUBLE_EQ(f.bisection.value(), 7 * 8 * 68 * 4.7e9 + 164 * 9.7e9);
}

TEST(Facts, OneNodeHasNone) {
  const NetworkFacts f = facts_of(build_network(fat_tree(4), 1, one_device()));
  EXPECT_EQ(f.diameter, 0);
  EXPECT_EQ(f.bisection.value(), 0);
}

}  // namespace
}  // namespace rehearse
