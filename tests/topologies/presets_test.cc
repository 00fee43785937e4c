// Every preset builds at any size it may be asked for, and at its own has the published counts.
#include <algorithm>
#include <filesystem>

#include "networks.h"
#include "topologies/graph/facts.h"
#include "topologies/routing/traffic.h"

namespace rehearse {
namespace {

std::vector<std::string> presets() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(REHEARSE_SOURCE_DIR) +
                                                               "/scenarios/networks")) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Network full(const std::string& name) {
  const NetworkSpec spec = preset(name);
  return build_network(spec, spec.nodes.value(), spec.node.value());
}

TEST(Presets, BuildAtEverySize) {
  EXPECT_GE(presets().size(), 34U);
  for (const std::string& name : presets()) {
    SCOPED_TRACE(name);
    const NetworkSpec spec = preset(name);
    std::vector<std::int64_t> sizes{1, 2, 128, 1000};
    if (spec.nodes) sizes.push_back(*spec.nodes);
    for (const std::int64_t nodes : sizes) {
      const Network network = build_network(spec, nodes, spec.node.value_or(NodeSpec{}));
      EXPECT_EQ(network.nodes(), nodes);
      // From the first device to the last one.
      std::vector<LinkId> path;
      make_router(network, spec.routing)
          ->route(0, static_cast<EndpointId>(network.endpoints() - 1), 0, path);
      EXPECT_EQ(path.empty(), network.endpoints() == 1);
    }
  }
}

TEST(Presets, SayWhereEveryNumberCameFrom) {
  for (const std::string& name : presets()) {
    const NetworkSpec spec = preset(name);
    EXPECT_FALSE(spec.description.empty()) << name;
    ASSERT_FALSE(spec.provenance.empty()) << name;
    for (const Provenance& p : spec.provenance) EXPECT_GT(p.source.size(), 10U) << name;
  }
}

struct Counts {
  const char* name;
  std::int64_t nodes, endpoints, groups, switches;
  int nics;
};

TEST(Presets, HaveThePublishedCounts) {
  const Counts all[] = {
      // 12076 nodes in groups of 384: 32 groups of 96 routers.
      {"aries-cori", 12076, 12076, 32, 3072, 1},
      {"aries-piz-daint", 5704, 5704, 15, 1440, 1},
      // 512 leaves as published; 32 * 18 line boards and 18 * 18 spines of the directors.
      {"infiniband-edr-summit", 4608, 27648, 32, 512 + 576 + 324, 2},
      // 28 scalable units of 8 leaves; 14 pods of 20 spines; 20 * 16 cores.
      {"infiniband-hdr-selene", 560, 4480, 14, 224 + 280 + 320, 8},
      // 18 scalable units of 8 leaves; 9 pods of 16 spines; 16 * 8 cores.
      {"infiniband-ndr-eos", 576, 4608, 9, 144 + 144 + 128, 8},
      {"slingshot-perlmutter", 1792, 7168, 14, 14 * 32, 4},
      {"slingshot-frontier", 9408, 75264, 74, 74 * 32, 4},
      {"slingshot-lumi", 2978, 23824, 24, 24 * 32, 4},
      // 560 nodes in three groups of 256 places; 24 cabinets; 5860 nodes in groups of 128.
      {"slingshot-polaris", 560, 2240, 3, 3 * 32, 2},
      {"slingshot-alps", 2688, 10752, 24, 24 * 28, 4},
      {"slingshot-archer2", 5860, 5860, 46, 46 * 16, 2},
      // 32 racks of four leaves and three switches above them; 3 * 8 at the top.
      {"infiniband-edr-abci", 1088, 4352, 32, 128 + 96 + 24, 2},
      // 10 pods of four units of 18 nodes and four leaves; 18 spines each; 18 * 18 cores.
      {"infiniband-edr-dgx1-v100", 660, 5280, 10, 160 + 180 + 324, 4},
      // 5 pods of six units of 24 nodes and four leaves; 24 spines each; 24 * 24 cores.
      {"omnipath-jean-zay", 612, 2448, 5, 120 + 120 + 576, 4},
      // 4200 / 28 leaves, each with 20 links up.
      {"omnipath-stampede2", 4200, 4200, 150, 150 + 20, 1},
      // Two nodes on each of 25 * 16 * 24 routers; 512 places stay free.
      {"gemini-titan", 18688, 18688, 24, 9600, 1},
      // 8 racks with a leaf for each of four rails; 18 spines.
      {"nvlink-gb200-nvl72", 8, 576, 8, 8 * 4 + 18, 72},
      // Leaves and spines.
      {"ethernet-25g-leaf-spine", 1536, 6144, 32, 32 + 8, 1},
      {"ethernet-50g-leaf-spine", 1024, 8192, 32, 32 + 16, 1},
      {"ethernet-100g-leaf-spine", 2048, 16384, 64, 64 + 32, 1},
  };
  for (const Counts& c : all) {
    SCOPED_TRACE(c.name);
    const Network network = full(c.name);
    EXPECT_EQ(network.nodes(), c.nodes);
    EXPECT_EQ(network.endpoints(), c.endpoints);
    EXPECT_EQ(network.groups(), c.groups);
    EXPECT_EQ(network.switches(), c.switches);
    EXPECT_EQ(network.nics_per_node(), c.nics);
  }
}

// Switches of each level of a tree.
std::vector<std::int64_t> by_level(const Network& network) {
  const auto& tree = dynamic_cast<const FatTreeShape&>(network.shape());
  std::vector<std::int64_t> counts;
  for (int level = 0; level < tree.levels(); ++level) {
    counts.push_back(tree.subtrees(level) * tree.columns(level));
  }
  return counts;
}

std::int64_t cables(const Network& network, LinkClass cls) {
  std::int64_t count = 0;
  for (LinkId id = 0; id < network.links(); id += 2) {
    if (network.link(id).cls == cls) count += network.link(id).cables;
  }
  return count;
}

TEST(Presets, EosGrowsIntoTheTableOfLargerSuperPods) {
  // 32 scalable units: 1024 nodes, 256 leaf, 256 spine and 128 core switches, 8192 cables between
  // nodes and leaves, leaves and spines, spines and cores each.
  const NetworkSpec spec = preset("infiniband-ndr-eos");
  const Network network = build_network(spec, 1024, spec.node.value());
  EXPECT_EQ(by_level(network), (std::vector<std::int64_t>{256, 256, 128}));
  EXPECT_EQ(cables(network, LinkClass::injection), 8192);
  EXPECT_EQ(cables(network, LinkClass::up), 2 * 8192);
}

TEST(Presets, RailsKeepTheNicsOfANodeApart) {
  const Network network = full("infiniband-hdr-selene");
  for (const NodeId node : {0, 19, 20, 559}) {
    for (int nic = 0; nic < 8; ++nic) {
      EXPECT_EQ(network.leaf_of(node, nic), node / 20 * 8 + nic);
    }
  }
  EXPECT_EQ(by_level(network), (std::vector<std::int64_t>{224, 280, 320}));
}

TEST(Presets, ShiftsOfNodesShareNoLinkOfAFullTree) {
  // D-mod-k: every device sends to the same device of another node, all by the same distance.
  for (const char* name : {"infiniband-hdr-selene", "infiniband-ndr-eos"}) {
    const Network network = full(name);
    const auto router = make_router(network, Routing::minimal);
    const Duration alone = Bytes(1e6) / network.link(network.injection_link(0, 0)).bandwidth;
    for (const std::int64_t distance : {1, 20, 32, 40, 64, 200}) {
      std::vector<TrafficFlow> flows;
      for (EndpointId device = 0; device < network.endpoints(); ++device) {
        const std::int64_t to = (device + 8 * distance) % network.endpoints();
        flows.push_back({device, static_cast<EndpointId>(to), 1e6});
      }
      EXPECT_DOUBLE_EQ(route_traffic(network, *router, flows).bottleneck.value(), alone.value())
          << name << " by " << distance;
    }
  }
}

TEST(Presets, LumiHasThePublishedGlobalBandwidth) {
  // 276 TB/s between the groups of LUMI-G, both directions together.
  const Network network = full("slingshot-lumi");
  Bandwidth sum;
  for (LinkId id = 0; id < network.links(); ++id) {
    if (network.link(id).cls == LinkClass::global) sum += network.link(id).bandwidth;
  }
  EXPECT_NEAR(sum.value(), 276e12, 1e9);
}

// Of what the NICs of the first half of the nodes can send, the share that reaches the second half.
double share_of_half(const Network& network) {
  const Bandwidth nic = network.link(network.injection_link(0, 0)).bandwidth;
  const double nics = static_cast<double>(network.nodes() / 2) * network.nics_per_node();
  return bisection_bandwidth(network) / (nic * nics);
}

TEST(Presets, TreesHaveThePublishedBisection) {
  const std::pair<const char*, double> all[] = {
      // 28 nodes and 20 links on a leaf.
      {"omnipath-stampede2", 20.0 / 28},
      // 34 nodes of two NICs in a rack, three switches with 8 links up.
      {"infiniband-edr-abci", 24.0 / 68},
      {"infiniband-edr-dgx1-p100", 1},
      {"infiniband-edr-dgx1-v100", 1},
      {"infiniband-edr-dgx2", 1},
      {"infiniband-hdr-abci", 1},
      {"infiniband-hdr-snellius", 1},
      {"omnipath-jean-zay", 1},
      {"nvlink-gb200-nvl72", 1},
      {"efa-p4d", 1},
      {"efa-p5", 1},
      {"roce-oci-h100", 1},
  };
  for (const auto& [name, share] : all) {
    EXPECT_NEAR(share_of_half(full(name)), share, 1e-6) << name;
  }
}

TEST(Presets, EveryMachineHasAPlausibleBisection) {
  for (const std::string& name : presets()) {
    const NetworkSpec spec = preset(name);
    if (!spec.nodes || !spec.node) continue;
    const double share = share_of_half(full(name));
    // Between the halves of the torus 2 * 25 * 16 links of 7.34 GB/s, and of 9344 nodes 8.3 GB/s
    // each: 7.6 %, and a little more since the first half ends inside a plane.
    EXPECT_GT(share, name == "gemini-titan" ? 0.07 : 0.25) << name;
    EXPECT_LE(share, 1 + 1e-9) << name;
  }
}

TEST(Presets, FrontierTapersAsPublished) {
  // 512 NICs of a group against 4 links to each of 73 groups: 512 / 292 = 1.753.
  const Network network = full("slingshot-frontier");
  const double per_group = static_cast<double>(cables(network, LinkClass::global)) * 2 / 74;
  EXPECT_NEAR(512 / per_group, 1.753, 0.001);
}

}  // namespace
}  // namespace rehearse
