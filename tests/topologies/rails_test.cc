#include <gtest/gtest.h>

#include <map>

#include "networks.h"
#include "topologies/graph/check.h"
#include "topologies/graph/facts.h"
#include "topologies/pictures/draw.h"

namespace rehearse {
namespace {

// Groups of 4 nodes with 2 NICs: 8-port leaves of 4 children and 4 links up.
NetworkSpec two_rails() {
  NetworkSpec spec = fat_tree(8, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) { tree.rails = 2; });
  return spec;
}

TEST(Rails, NicsOfANodeHangOnLeavesOfTheirOwn) {
  // 10 nodes: 3 groups (the last of 2 nodes), 6 leaves.
  const Network network = build_network(two_rails(), 10, node_of_devices(2, 2));
  EXPECT_EQ(network.leaf_of(0, 0), 0);
  EXPECT_EQ(network.leaf_of(3, 1), 1);
  EXPECT_EQ(network.leaf_of(4, 0), 2);
  EXPECT_EQ(network.leaf_of(9, 1), 5);
  EXPECT_EQ(network.switches(), 6 + 4);
  EXPECT_EQ(network.groups(), 3);
  EXPECT_EQ(network.group_of(9), 2);
  EXPECT_EQ(network.shape().title(), "Fat-tree of 2 levels, 2 rails");
  EXPECT_NE(to_svg(network).find("2 rails"), std::string::npos);
}

TEST(Rails, ARailStaysOnItsLeafAndRailsMeetOnTop) {
  const Network network = build_network(two_rails(), 8, node_of_devices(2, 2));
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  router->route(1, 3, 0, path);  // device 1 of node 0 to device 1 of node 1
  EXPECT_EQ(path, (std::vector<LinkId>{network.device_link(1), network.injection_link(0, 1),
                                       Network::reverse(network.injection_link(1, 1)),
                                       Network::reverse(network.device_link(3))}));
  router->route(0, 3, 0, path);  // to the other rail of the same group
  ASSERT_EQ(path.size(), 6U);
  EXPECT_EQ(network.link(path[2]).cls, LinkClass::up);
  EXPECT_EQ(network.link(path[3]).cls, LinkClass::down);
  EXPECT_EQ(network.link(path[3]).to, network.switch_vertex(1));
}

TEST(Rails, ShiftsLoadEveryLinkOnce) {
  // 16 nodes of 2 devices and 2 NICs: a shift by whole nodes keeps to the rails.
  const Network network = build_network(two_rails(), 16, node_of_devices(2, 2));
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  for (const EndpointId shift : {2, 8, 16, 30}) {
    std::map<LinkId, int> load;
    for (EndpointId src = 0; src < 32; ++src) {
      router->route(src, (src + shift) % 32, 0, path);
      for (const LinkId id : path) EXPECT_EQ(++load[id], 1) << network.link_name(id);
    }
  }
}

TEST(Rails, NeedPortsForEveryNic) {
  // 8-port switches in two levels: 8 leaves of 4 children. 17 nodes need 5 groups of 2 leaves.
  EXPECT_EQ(build_network(two_rails(), 16, node_of_devices(2, 2)).switches(), 8 + 4);
  EXPECT_EQ(error_of([] { build_network(two_rails(), 17, node_of_devices(2, 2)); }),
            "17 nodes do not fit the fat-tree (it holds 16): use fewer nodes, more levels or "
            "switches with more "
            "ports");
  // One NIC per node is one rail: an ordinary tree.
  EXPECT_EQ(build_network(two_rails(), 32, one_device()).switches(), 8 + 4);
}

// 64-port leaves have 32 ports for nodes: 4 nodes of 8 NICs. With 8 rails a node has one NIC on
// each of 8 leaves: 32 nodes on these. Either way all ports are used and none twice.
TEST(Ports, EveryNicTakesOneOfItsLeaf) {
  for (const std::int64_t rails : {1, 2, 4, 8}) {
    NetworkSpec spec = fat_tree(64, 2);
    edit<FatTreeSpec>(spec, [&](FatTreeSpec& tree) { tree.rails = rails; });
    const Network network = build_network(spec, 256, node_of_devices(8, 8));
    EXPECT_EQ(network.switches(), 256 * 8 / 32 + 32) << rails;
    EXPECT_EQ(network.leaf_of(0, 0), network.leaf_of(4 * rails - 1, 0)) << rails;
    EXPECT_NE(network.leaf_of(0, 0), network.leaf_of(4 * rails, 0)) << rails;
    const NetworkCheck check = check_network(network, *make_router(network, Routing::minimal));
    EXPECT_TRUE(check.passed());
    const NetworkFacts found = facts(network, *make_router(network, Routing::minimal));
    EXPECT_DOUBLE_EQ(found.bisection / found.injection, 0.5) << rails;  // full
  }
}

TEST(Ports, OversubscriptionCountsNics) {
  // 3 : 1 of 64 ports: 48 down, 16 up; 6 nodes of 8 NICs on a leaf.
  NetworkSpec spec = fat_tree(64, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) { tree.oversubscription = {3}; });
  const Network network = build_network(spec, 96, node_of_devices(8, 8));
  EXPECT_EQ(network.switches(), 16 + 16);
  EXPECT_EQ(network.leaf_of(5, 7), 0);
  EXPECT_EQ(network.leaf_of(6, 0), 1);
  const NetworkFacts found = facts(network, *make_router(network, Routing::minimal));
  EXPECT_DOUBLE_EQ(found.bisection / found.injection, 0.5 / 3);
}

TEST(Ports, ANodeMustFitItsLeaf) {
  EXPECT_EQ(error_of([] { build_network(fat_tree(8, 2), 2, node_of_devices(8, 8)); }),
            "a leaf of the fat-tree has 4 ports for nodes, too few for one of them (a node has 8 "
            "NICs on a leaf): give 'rails', as many as it has NICs, or switches with more ports");
  // A single switch has all its ports for nodes.
  EXPECT_EQ(build_network(fat_tree(8, 1), 1, node_of_devices(8, 8)).switches(), 1);
}

}  // namespace
}  // namespace rehearse
