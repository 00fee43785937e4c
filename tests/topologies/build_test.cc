#include "topologies/graph/build.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "networks.h"

namespace rehearse {
namespace {

std::map<LinkClass, std::int64_t> links_by_class(const Network& network) {
  std::map<LinkClass, std::int64_t> count;
  for (LinkId id = 0; id < network.links(); ++id) ++count[network.link(id).cls];
  return count;
}

TEST(Build, FatTreeOfKPortsHasItsSwitches) {
  for (const std::int64_t k : {4, 8}) {
    const Network network = build_network(fat_tree(k), k * k * k / 4, one_device());
    EXPECT_EQ(network.endpoints(), k * k * k / 4);
    EXPECT_EQ(network.switches(), 5 * k * k / 4);
    // k^3 / 4 cables at each of three levels, two directed links each.
    EXPECT_EQ(network.links(), 3 * 2 * k * k * k / 4);
    EXPECT_EQ(network.groups(), k);
    EXPECT_EQ(network.group_of(static_cast<NodeId>(k * k / 4)), 1);
    EXPECT_EQ(error_of([&] {
                build_network(fat_tree(k), k * k * k / 4 + 1, one_device());
              }).substr(0, 40),
              (std::to_string(k * k * k / 4 + 1) + " nodes do not fit the fat-tree (it holds ")
                  .substr(0, 40));
  }
}

TEST(Build, FatTreeTakesTheLevelsItNeeds) {
  NetworkSpec spec = fat_tree(4);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) { tree.levels.reset(); });
  // Two levels of 4-port switches hold 2 * 4 = 8 nodes, three hold 16.
  const auto levels = [&](std::int64_t nodes) {
    const Network network = build_network(spec, nodes, one_device());
    return dynamic_cast<const FatTreeShape&>(network.shape()).levels();
  };
  EXPECT_EQ(levels(8), 2);
  EXPECT_EQ(levels(9), 3);
}

TEST(Build, OversubscriptionDividesThePorts) {
  NetworkSpec spec = fat_tree(36, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) { tree.oversubscription = {2}; });
  const Network network = build_network(spec, 48, one_device());
  const auto& tree = dynamic_cast<const FatTreeShape&>(network.shape());
  EXPECT_EQ(tree.down(0), 24);
  EXPECT_EQ(tree.up(0), 12);
  EXPECT_EQ(network.switches(), 2 + 12);  // the two leaves that are needed and the spines
}

TEST(Build, CanonicalDragonflyHasItsRouters) {
  // a = 4, p = 2, h = 2, g = a h + 1 = 9: 36 routers, 72 nodes; edges: injection 72, local
  // 9 * 4 * 3 / 2 = 54, global 9 * 8 / 2 = 36.
  const Network network = build_network(dragonfly(4, 2, 2), 72, one_device());
  EXPECT_EQ(network.endpoints(), 72);
  EXPECT_EQ(network.switches(), 36);
  EXPECT_EQ(network.groups(), 9);
  EXPECT_EQ(links_by_class(network),
            (std::map<LinkClass, std::int64_t>{
                {LinkClass::injection, 144}, {LinkClass::local, 108}, {LinkClass::global, 72}}));
  EXPECT_EQ(network.link_name(network.edge_link(0)), "group 0 switch 0 -> group 0 switch 1");
}

TEST(Build, AriesGroupsAreChassisTimesSlots) {
  for (std::int64_t groups = 1; groups <= 15; ++groups) {
    const Network network = build_network(preset("aries-piz-daint"), 384 * groups, one_device());
    ASSERT_EQ(network.groups(), groups);
    EXPECT_EQ(network.switches(), 96 * groups);
    auto count = links_by_class(network);
    EXPECT_EQ(count[LinkClass::local], 96 * 15 * groups);  // 15 peers in the chassis
    EXPECT_EQ(count[LinkClass::local2], 96 * 5 * groups);  // 5 peers at the same slot
    const std::int64_t per_pair = groups > 1 ? 960 / (groups - 1) : 0;
    EXPECT_EQ(count[LinkClass::global], groups * (groups - 1) * per_pair);
  }
}

TEST(Build, AriesGlobalLinksAreDealtEvenly) {
  const Network network = build_network(preset("aries-piz-daint"), 5704, one_device());
  EXPECT_EQ(network.groups(), 15);
  for (std::int64_t index = 0; index < network.switches(); ++index) {
    int global = 0;
    std::set<VertexId> peers;
    for (const LinkId id : network.links_from(network.switch_vertex(index))) {
      const Link link = network.link(id);
      if (link.cls != LinkClass::global) continue;
      ++global;
      peers.insert(link.to);
    }
    EXPECT_GE(global, 9);  // 14 * 68 = 952 links over 96 routers of 10 ports
    EXPECT_LE(global, 10);
    EXPECT_EQ(peers.size(), static_cast<std::size_t>(global));
  }
}

TEST(Build, EveryLinkHasItsReverse) {
  for (const NetworkSpec& spec : {single_switch(), tree_of_places(4), dragonfly(4, 2, 2)}) {
    for (const NodeSpec& node : {one_device(), node_of_devices(4, 2)}) {
      const Network network = build_network(spec, 13, node);
      for (LinkId id = 0; id < network.links(); ++id) {
        const Link there = network.link(id);
        const Link back = network.link(Network::reverse(id));
        EXPECT_EQ(std::tuple(there.from, there.to, there.bandwidth, there.latency),
                  std::tuple(back.to, back.from, back.bandwidth, back.latency));
      }
    }
  }
}

TEST(Build, NodesOfSeveralDevicesHaveAHub) {
  const Network network = build_network(single_switch(), 3, node_of_devices(4, 2));
  EXPECT_EQ(network.endpoints(), 12);
  EXPECT_EQ(network.vertices(), 12 + 3 + 1);
  EXPECT_EQ(network.links(), 2 * (12 + 3 * 2));
  EXPECT_EQ(network.node_of(7), 1);
  EXPECT_EQ(network.link_name(network.device_link(7)), "node 1 device 3 -> node 1");
  EXPECT_EQ(network.link_name(network.injection_link(2, 1)), "node 2 -> switch (NIC 1)");
  EXPECT_EQ(network.link(network.device_link(7)).cls, LinkClass::intra_node);
}

TEST(Build, EveryPresetBuilds) {
  for (const char* name : {"aries-piz-daint", "ethernet-50g-big-basin", "ethernet-25g-roce",
                           "infiniband-edr-fat-tree", "cpu-100g-fat-tree"}) {
    const NetworkSpec spec = preset(name);
    EXPECT_FALSE(spec.provenance.empty()) << name;
    for (const std::int64_t nodes : {1, 2, 128, 1000}) {
      EXPECT_EQ(build_network(spec, nodes, spec.node.value_or(NodeSpec{})).nodes(), nodes) << name;
    }
  }
}

TEST(Build, RefusesWhatIsNoNetwork) {
  NetworkSpec apart = dragonfly(4, 2, 2);
  edit<DragonflySpec>(apart, [](DragonflySpec& fly) { fly.global_links_per_pair = 0; });
  EXPECT_EQ(
      error_of([&] { build_network(apart, 72, one_device()); }),
      "the network is not connected (its 9 groups have no links between them): give it global "
      "links");
  EXPECT_EQ(
      error_of([&] { build_network(dragonfly(4, 2, 2), 73, one_device()); }),
      "the global links of 10 groups do not fit (each group needs 9 and its routers have 8): "
      "use fewer nodes or groups, fewer 'global_links_per_pair' or more 'global_links_per_router'");
  EXPECT_EQ(error_of([] { build_network(single_switch(), 0, one_device()); }),
            "a network needs at least one node");
  NetworkSpec slow = single_switch();
  slow.injection.bandwidth = Bandwidth(0);
  EXPECT_EQ(
      error_of([&] { build_network(slow, 2, one_device()); }),
      "the bandwidth of the injection links is not positive: give it, for example \"25 GB/s\"");
}

TEST(Build, RefusesWhatIsTooLargeBeforeAllocating) {
  const std::string too_large =
      "the network is too large (more than 2000000 vertices or 20000000 links): use fewer nodes or "
      "smaller groups";
  EXPECT_EQ(error_of([] { build_network(single_switch(), std::int64_t{1} << 62, one_device()); }),
            too_large);
  EXPECT_EQ(error_of([] { build_network(dragonfly(1'000'000, 1, 1), 10, one_device()); }),
            too_large);
  EXPECT_EQ(error_of([] { build_network(fat_tree(2'000'000, 8), 1'500'000, one_device()); }),
            too_large);
}

}  // namespace
}  // namespace rehearse
