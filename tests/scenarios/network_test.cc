// Presets: what a scenario changes of them, and the same machine on another network.
#include <gtest/gtest.h>

#include "base/error.h"
#include "scenarios/override.h"
#include "tests/scenarios/base_scenario.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/fat_tree.h"

namespace rehearse {
namespace {

constexpr const char* kPreset = R"(cluster.network={"preset": "ethernet-25g-roce"})";
constexpr const char* kBareNode = R"(cluster.node={"device": "v100-sxm2-16gb"})";

TEST(Preset, DescribesNetworkAndNode) {
  const Scenario s = base_with({kPreset, kBareNode, "sweep={}"});
  EXPECT_EQ(s.node.devices, 4);
  EXPECT_EQ(s.node.device.bandwidth, Bandwidth(12e9));
  EXPECT_EQ(s.network.injection.bandwidth, Bandwidth(25e9 / 8));
  EXPECT_EQ(dynamic_cast<const FatTreeSpec&>(*s.network.topology).down,
            (std::vector<std::int64_t>{32, 64}));
}

TEST(Preset, IsOverriddenKeyByKey) {
  const Scenario s = base_with({kPreset, kBareNode, "cluster.node.device_bandwidth=30 GB/s",
                                "cluster.network.injection_bandwidth=100 Gbit/s",
                                "cluster.network.node.nics=2", "sweep={}"});
  EXPECT_EQ(s.node.devices, 4);
  EXPECT_EQ(s.node.nics, 2);
  EXPECT_EQ(s.node.device.bandwidth, Bandwidth(30e9));
  EXPECT_EQ(s.node.device.latency, Duration(1e-6));
  EXPECT_EQ(s.network.injection.bandwidth, Bandwidth(12.5e9));
  EXPECT_DOUBLE_EQ(s.network.injection.latency.value(), 600e-9);
  EXPECT_EQ(s.network.provenance.back().quantity, "injection_bandwidth or node");
}

TEST(Preset, TellsItsUsualDeviceForOthers) {
  // A scenario names its own.
  const Scenario s = base_with({kPreset, kBareNode, "sweep={}"});
  EXPECT_EQ(s.network.device, "p100-pcie-16gb");
  EXPECT_EQ(s.device.name, "v100-sxm2-16gb");
  try {
    base_with({kPreset, kBareNode, "cluster.network.node.device=k80", "sweep={}"});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("cluster.node.device"), std::string::npos);
  }
}

TEST(Preset, OfInnerSwitchesIsOverridden) {
  const std::string two = R"(cluster.network={"preset": "infiniband-fdr-pcie3", "stack": "ideal"})";
  const Scenario s = base_with({two, kBareNode, "sweep={}"});
  EXPECT_EQ(s.node.switches, 2);
  const Scenario four =
      base_with({two, kBareNode, "sweep={}", "cluster.node.switches=4",
                 "cluster.node.switch_bandwidth=6 GB/s", "cluster.node.switch_latency=1 us"});
  EXPECT_EQ(four.node.switches, 4);
  EXPECT_EQ(four.node.switch_link.bandwidth, Bandwidth(6e9));
  EXPECT_EQ(base_with({two, kBareNode, "sweep={}", "cluster.node.switches=1"}).node.switches, 1);
}

TEST(Preset, TakesAnotherTopology) {
  // 5704 nodes: a 36-port tree of 3 levels holds 18 * 18 * 36 = 11664. The balanced dragonfly of p
  // = 7 holds 98 * 99 = 9702, that of p = 6 only 72 * 73 = 5256.
  const std::vector<std::string> daint{R"(cluster.network={"preset": "aries-piz-daint"})",
                                       kBareNode, "cluster.nodes=5704", "sweep={}"};
  auto tree = daint;
  tree.push_back("cluster.network.topology=fat_tree");
  const Scenario t = base_with(tree);
  EXPECT_EQ(dynamic_cast<const FatTreeSpec&>(*t.network.topology).ports, 36);
  EXPECT_EQ(t.network.injection.bandwidth, Bandwidth(9.7e9));
  EXPECT_EQ(build_network(t.network, t.nodes, t.node).nodes(), 5704);

  auto switched = daint;
  switched.push_back("cluster.network.topology=single_switch");
  EXPECT_NO_THROW(base_with(switched));

  const Scenario fly = base_with({R"(cluster.network={"preset": "ethernet-25g-roce",
                                      "topology": "dragonfly"})",
                                  kBareNode, "cluster.nodes=5704", "sweep={}"});
  const auto& shape = dynamic_cast<const DragonflySpec&>(*fly.network.topology);
  EXPECT_EQ(shape.nodes_per_router, 7);
  EXPECT_EQ(shape.routers_per_chassis, 14);
  EXPECT_EQ(shape.global_links_per_router, 7);
  EXPECT_EQ(fly.node.devices, 4);
  EXPECT_EQ(build_network(fly.network, fly.nodes, fly.node).nodes(), 5704);
  EXPECT_EQ(fly.network.provenance[fly.network.provenance.size() - 1].kind,
            Provenance::Kind::assumed);
}

TEST(Preset, TakesEveryTopologyAtTextbookSize) {
  // 5704 nodes. Torus: 16 * 17 * 21 = 5712 is the most cubic box. HyperX: 18^3 = 5832, 17^3 = 4913.
  // Slim Fly: q = 16 has degree 24 and holds 512 * 12 = 6144, q = 13 has 19 and holds 338 * 10.
  // Dragonfly+: 81 nodes in a group, 71 groups hold 5751; of groups of 64 only 65 can be joined.
  const std::vector<std::pair<std::string, std::string>> titles{
      {"torus", "Torus of 16 x 17 x 21 switches"},
      {"mesh", "Mesh of 16 x 17 x 21 switches"},
      {"hyperx", "HyperX of 18 x 18 switches"},
      {"slim_fly", "Slim Fly of q = 16"},
      {"dragonfly_plus", "Dragonfly+ of 71 groups of 9 leaves and 9 spines"}};
  for (const char* preset : {"aries-piz-daint", "ethernet-25g-roce"}) {
    for (const auto& [topology, title] : titles) {
      const Scenario s =
          base_with({std::string("cluster.network={\"preset\": \"") + preset + "\"}", kBareNode,
                     "cluster.nodes=5704", "sweep={}", "cluster.network.topology=" + topology});
      const Network network = build_network(s.network, s.nodes, s.node);
      EXPECT_EQ(network.shape().title(), title);
      const Link stack = network.link(network.edge_link(0));
      EXPECT_EQ(stack.bandwidth, s.network.injection.bandwidth);
      EXPECT_EQ(s.network.provenance.back().kind, Provenance::Kind::assumed);
    }
  }
}

// Bandwidth up from a leaf over that of the NICs on it.
double leaf_share(const Network& network) {
  const auto& tree = dynamic_cast<const FatTreeShape&>(network.shape());
  const double nics = static_cast<double>(tree.down(0)) * network.nics_per_node();
  return static_cast<double>(tree.up(0)) / nics;
}

TEST(Preset, OfSeveralNicsTakesAnotherTopologyWithAllOfThem) {
  for (const char* name : {"infiniband-hdr-selene", "infiniband-ndr-eos", "slingshot-frontier",
                           "infiniband-edr-summit"}) {
    for (const std::int64_t nodes : {1, 128, 1000}) {
      SCOPED_TRACE(name + std::to_string(nodes));
      const auto machine = [&](const std::string& topology) {
        const Scenario s = base_with({R"(cluster.network={"preset": ")" + std::string(name) + "\"}",
                                      kBareNode, "cluster.nodes=" + std::to_string(nodes),
                                      "cluster.network.topology=" + topology, "sweep={}"});
        return build_network(s.network, s.nodes, s.node);
      };
      const Network tree = machine("fat_tree");
      const bool own_tree = std::string(name).starts_with("infiniband");
      if (!own_tree) {
        EXPECT_GE(leaf_share(tree), 1);
      }
      const Network fly = machine("dragonfly");
      if (!own_tree) continue;  // the dragonfly is its own
      // Half as many NICs as local ports: p NICs of 2p local and p global ports.
      const auto& shape = dynamic_cast<const DragonflyShape&>(fly.shape());
      EXPECT_EQ(shape.routers_per_group(), 2 * shape.nodes_per_router() * fly.nics_per_node());
      EXPECT_EQ(machine("single_switch").switches(), 1);
    }
  }
}

TEST(Preset, ByNameReplacesTheWholeNetworkButTheStack) {
  const std::vector<std::string> start{R"(cluster.network={"preset": "aries-piz-daint",
      "stack": "nccl-roce", "global_latency": "1 ms"})",
                                       kBareNode, "sweep={}"};
  JsonDocument document = JsonDocument::parse_text(base_text(), "s.json");
  for (const std::string& assignment : start) override_key(document, assignment);
  override_key(document, "cluster.network=infiniband-edr-fat-tree");
  const Scenario s = read_scenario(document);
  EXPECT_EQ(s.network.topology->name(), "fat_tree");
  EXPECT_EQ(s.stack.name, "nccl-roce");
  // An object is taken as it is: the stack is then the preset's.
  override_key(document, R"(cluster.network={"preset": "aries-piz-daint"})");
  EXPECT_EQ(read_scenario(document).stack.name, "nccl-tcp-aries-slides");
}

TEST(Preset, ExplicitSizesOfAnotherTopologyCount) {
  const Scenario s = base_with({R"(cluster.network={"preset": "aries-piz-daint",
      "topology": "fat_tree", "down": [8, 8], "up": [4], "link_bandwidth": "50 GB/s"})",
                                kBareNode, "sweep={}"});
  const auto& tree = dynamic_cast<const FatTreeSpec&>(*s.network.topology);
  EXPECT_EQ(tree.ports, 0);
  EXPECT_EQ(tree.link[0].bandwidth, Bandwidth(50e9));
  EXPECT_DOUBLE_EQ(tree.link[0].latency.value(), 100e-9);
}

}  // namespace
}  // namespace rehearse
