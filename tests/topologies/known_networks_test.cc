// Networks whose figures everybody can compute: switches, links, diameter, bisection.
#include <gtest/gtest.h>

#include "networks.h"
#include "topologies/graph/facts.h"

namespace rehearse {
namespace {

struct Known {
  std::int64_t endpoints, switches;
  std::int64_t connections;  // full duplex, injection included
  int diameter;              // links, two injection links included
  double bisection;          // bytes per second
};

void expect_known(const NetworkSpec& spec, const Known& known) {
  const Network network = build_network(spec, known.endpoints, one_device());
  SCOPED_TRACE(network.shape().title());
  const NetworkFacts f = facts(network, *make_router(network, Routing::minimal));
  EXPECT_EQ(f.endpoints, known.endpoints);
  EXPECT_EQ(f.switches, known.switches);
  EXPECT_EQ(f.links, 2 * known.connections);
  EXPECT_EQ(f.diameter, known.diameter);
  EXPECT_DOUBLE_EQ(f.bisection.value(), known.bisection);
}

TEST(KnownNetworks, FatTreeOf48Ports) {
  // k^3 / 4 = 27648 nodes, 5 k^2 / 4 = 2880 switches, k^3 / 4 cables at each of three levels; the
  // first half of the pods sends at full rate: 13824 nodes.
  expect_known(fat_tree(48), {27648, 2880, 3 * 27648, 6, 13824 * 10e9});
}

TEST(KnownNetworks, CanonicalDragonflyOfH8) {
  // p = h = 8, a = 16: a h + 1 = 129 groups of 16 routers and 128 nodes; per group 16 * 15 / 2 =
  // 120 local links, and 129 * 128 / 2 = 8256 global ones. Injection, local, global, local,
  // injection. Half of the nodes is 64 groups and half of the group in the middle. Between 64 and
  // 64 groups lie 4096 links of 4 GB/s; the cheapest cut leaves the group in the middle whole and
  // takes its 64 global links to one side and the 64 injection links of its other half.
  expect_known(dragonfly(16, 8, 8),
               {16512, 2064, 16512 + 129 * 120 + 8256, 5, (64 * 64 + 64) * 4e9 + 64 * 10e9});
}

TEST(KnownNetworks, AriesOf20Groups) {
  // 20 * 384 nodes and 20 * 96 routers. Per group 6 * 16 * 15 / 2 = 720 links of rank 1 and
  // 16 * 6 * 5 / 2 = 240 of rank 2; 960 / 19 -> 50 links for each of 190 pairs of groups. Ten
  // groups send to ten over 10 * 10 * 50 links of 4.7 GB/s.
  expect_known(preset("aries-piz-daint"),
               {7680, 1920, 7680 + 20 * (720 + 240) + 190 * 50, 7, 5000 * 4.7e9});
}

TEST(KnownNetworks, SlimFlyOf19) {
  // 2 q^2 = 722 switches of degree (3 q + 1) / 2 = 29, half of that or 15 nodes on each, 722 * 29 /
  // 2 links. Half of the nodes is nine racks and line 9 of subgraph 0. Two racks have 2 q links
  // between them: 9 * 9 * 38 in all; line 9 of subgraph 0 has q to each of ten lines of subgraph 1
  // in the other half, and line 9 of subgraph 1 q to each of nine lines in this one:
  // 3078 + 190 + 171 = 3439 = q (q^2 + 1) / 2 links, below the 5415 injection links.
  expect_known(slim_fly(19), {10830, 722, 10830 + 722 * 29 / 2, 4, 3439 * 10e9});
}

TEST(KnownNetworks, SlimFlyOf8) {
  // Even q: 4 racks face 4, 16 pairs of racks with 2 q links each: q^3 / 2 = 256. Degree 12, 6
  // nodes on each of 128 switches.
  expect_known(slim_fly(8), {768, 128, 768 + 128 * 12 / 2, 4, 256 * 10e9});
}

TEST(KnownNetworks, TorusOf16Cubed) {
  // Three links per switch; three times 8 hops and two injections; two cuts of 256 links.
  expect_known(torus({16, 16, 16}), {4096, 4096, 4 * 4096, 26, 2 * 256 * 10e9});
}

TEST(KnownNetworks, MeshOf8By6By4) {
  // 7 * 24 + 5 * 32 + 3 * 48 links; 7 + 5 + 3 hops; one cut of 48 links.
  expect_known(torus({8, 6, 4}, false), {192, 192, 192 + 472, 17, 48 * 10e9});
}

TEST(KnownNetworks, HyperXOf8By8) {
  // 64 switches of 7 + 7 links, 8 nodes each; 4 * 4 links of each of 8 lines cross the middle.
  expect_known(hyperx({8, 8}, 8), {512, 64, 512 + 64 * 14 / 2, 4, 4 * 4 * 8 * 10e9});
}

TEST(KnownNetworks, HyperXWithSeveralCables) {
  NetworkSpec spec = hyperx({4, 4}, 1);
  edit<HyperXSpec>(spec, [](HyperXSpec& box) { box.link_cables = 3; });
  const Network network = build_network(spec, 16, one_device());
  EXPECT_EQ(network.link(network.edge_link(0)).bandwidth, Bandwidth(30e9));
  EXPECT_EQ(network.link(network.edge_link(0)).cables, 3);
  // 2 * 2 * 4 links of 30 GB/s could cross, but 8 nodes inject 80 GB/s.
  EXPECT_DOUBLE_EQ(bisection_bandwidth(network).value(), 80e9);
}

TEST(KnownNetworks, DragonflyPlusOf4) {
  // 4 leaves and 4 spines with 4 global links each: 4 * 4 + 1 = 17 groups at most, here 16 of 16
  // nodes: one link per pair. Leaf, spine, spine, leaf.
  expect_known(dragonfly_plus(4), {256, 128, 256 + 16 * 16 + 120, 5, 8 * 8 * 10e9});
  // Two groups: all 16 global links join them, as many as nodes on a side.
  expect_known(dragonfly_plus(4), {32, 16, 32 + 2 * 16 + 16, 5, 16 * 10e9});
}

}  // namespace
}  // namespace rehearse
