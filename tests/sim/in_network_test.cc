// Sums over the nodes by the switches, against sums by hand, in both fidelities that know them.
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "base/json_reader.h"
#include "forked.h"
#include "runtime/collectives/all_reduce.h"
#include "runtime/parallel/split_groups.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/single_switch.h"
#include "topologies/shapes/torus.h"

namespace rehearse {
namespace {

using enum Fidelity;

constexpr LinkRate kLink{Bandwidth(10e9), Duration(1e-6)};
constexpr std::int64_t kElements = 25'000'000;  // 100 MB: 10 ms on a link

struct Cluster {
  NetworkSpec spec{};
  std::int64_t nodes = 2;
  NodeSpec node{};
  std::vector<EndpointId> workers{};  // empty: all devices
  StackProfile stack{};
  Background background{};
  Algorithm algorithm = Algorithm::in_network;
};

NetworkSpec switched(SwitchReduction reduction = {Bandwidth(20e9), Duration(3e-7)}) {
  NetworkSpec spec;
  spec.injection = kLink;
  spec.topology = std::make_shared<SingleSwitchSpec>();
  spec.reduction = reduction;
  return spec;
}

NetworkSpec tree(std::vector<std::int64_t> down, std::vector<std::int64_t> up,
                 LinkRate link = kLink) {
  FatTreeSpec tree;
  tree.down = std::move(down);
  tree.up = std::move(up);
  tree.link = {link};
  NetworkSpec spec = switched();
  spec.injection = link;
  spec.topology = std::make_shared<FatTreeSpec>(tree);
  return spec;
}

// Virtual seconds for `body` on all ranks.
double seconds_of(const Cluster& cluster, Fidelity fidelity,
                  const std::function<void(World&)>& body, std::vector<GroupFamily> families = {}) {
  return forked([&] {
           const Network network = build_network(cluster.spec, cluster.nodes, cluster.node);
           const auto router = make_router(network, Routing::minimal);
           SimulationOptions options;
           options.network = &network;
           options.router = router.get();
           options.workers = cluster.workers;
           for (EndpointId d = 0; cluster.workers.empty() && d < network.endpoints(); ++d) {
             options.workers.push_back(d);
           }
           options.stack = cluster.stack;
           options.noise.runs = options.noise.steps_per_run = 1;
           options.fidelity = fidelity;
           options.background = cluster.background;
           CollectivePatterns patterns(network, *router, options.workers, options.stack, false,
                                       std::move(families));
           options.patterns = &patterns;
           const auto run = [&](World& world, const StepObserver&) { body(world); };
           return std::vector<double>{simulate(options, run).end};
         })
      .at(0);
}

double seconds_of(const Cluster& cluster, Fidelity fidelity, std::int64_t elements = kElements) {
  return seconds_of(cluster, fidelity, [&](World& world) {
    Transport& transport = world.transport();
    (void)all_reduce(transport, *transport.world(), {nullptr, elements}, cluster.algorithm,
                     cluster.node.devices);
  });
}

void expect_seconds(const Cluster& cluster, double seconds) {
  EXPECT_NEAR(seconds_of(cluster, flow), seconds, 1e-9);
  EXPECT_NEAR(seconds_of(cluster, analytic), seconds, 1e-9);
}

// 100 MB at 10 GB/s; a link of 1 us and an adder of 0.3 us up, a link of 1 us down.
TEST(InNetwork, OneSwitchTakesTheBufferOnce) {
  expect_seconds({.spec = switched(), .nodes = 2}, 10e-3 + 2.3e-6);
  expect_seconds({.spec = switched(), .nodes = 64}, 10e-3 + 2.3e-6);
}

TEST(InNetwork, IsAsFastAsItsSlowestPlace) {
  // Adders of 5 GB/s: 20 ms.
  Cluster cluster{.spec = switched({Bandwidth(5e9), Duration(3e-7)}), .nodes = 4};
  expect_seconds(cluster, 20e-3 + 2.3e-6);
  // Streams of 4 GB/s of payload: 25 ms, and 5 us for the message.
  cluster.spec = switched();
  cluster.stack.stream_bandwidth = Bandwidth(4e9);
  cluster.stack.step_latency = Duration(5e-6);
  expect_seconds(cluster, 25e-3 + 5e-6 + 2.3e-6);
  // Host memory at 50 GB/s: 2 ms there and 2 ms back.
  cluster.stack.staging_bandwidth = Bandwidth(50e9);
  expect_seconds(cluster, 25e-3 + 4e-3 + 5e-6 + 2.3e-6);
  // Headers: 125 MB on links of 10 GB/s, 12.5 ms.
  cluster.stack = {};
  cluster.stack.ends.wire_efficiency = 0.8;
  expect_seconds(cluster, 12.5e-3 + 2.3e-6);
}

// Leaves of 16 nodes under 16 spines: up two links and two adders, down two links, whatever the
// number of leaves. One leaf alone: one of each.
TEST(InNetwork, TakesAsLongForAnyNumberOfRanks) {
  for (const std::int64_t nodes : {32, 64, 256, 1024}) {
    expect_seconds({.spec = tree({16, 64}, {16}), .nodes = nodes}, 10e-3 + 4.6e-6);
  }
  expect_seconds({.spec = tree({16, 64}, {16}), .nodes = 16}, 10e-3 + 2.3e-6);
}

TEST(InNetwork, HalvesTheBytesOfARing) {
  // 2 (P-1)/P n against n; latencies of 1 ns leave 2046 ns of 20 ms.
  const LinkRate fast{Bandwidth(10e9), Duration(1e-9)};
  for (const int ranks : {16, 256}) {
    Cluster cluster{.spec = tree({16, 64}, {16}, fast), .nodes = ranks};
    cluster.spec.reduction->latency = Duration(0);
    const double sum = seconds_of(cluster, flow);
    cluster.algorithm = Algorithm::ring;
    EXPECT_NEAR(seconds_of(cluster, flow) / sum, 2.0 * (ranks - 1) / ranks, 1e-3);
  }
}

// Eight leaves of 16 nodes with one uplink each, ranks dealt to the leaves in turn: every hop of a
// ring crosses, so 16 flows share an uplink (16 * 2 * 127/128 * 10 ms). The switches send one
// stream up whatever the order.
TEST(InNetwork, SendsOneStreamOverAnUplink) {
  Cluster cluster{.spec = tree({16, 8}, {1}, {Bandwidth(10e9), Duration(1e-9)}), .nodes = 128};
  cluster.spec.reduction->latency = Duration(0);
  for (int rank = 0; rank < 128; ++rank) cluster.workers.push_back(rank % 8 * 16 + rank / 8);
  expect_seconds(cluster, 10e-3 + 4e-9);
  cluster.algorithm = Algorithm::ring;
  EXPECT_NEAR(seconds_of(cluster, flow), 16 * 2 * 127.0 / 128 * 10e-3, 1e-4);
}

// Two nodes of 4 devices, links of 100 GB/s and 0.5 us to the hub, one NIC. Inside, each of the two
// rings moves 75 MB in 3 rounds: 0.75 ms and 3 * 2 * 0.5 us. The NIC carries four streams of 25 MB,
// 10 ms, which pass a device link, the NIC and an adder up: 0.5 + 1 + 0.3 us; 1.5 us down.
TEST(InNetwork, SumsInsideTheNodesFirst) {
  Cluster cluster{
      .spec = switched(), .nodes = 2, .node = {4, 1, {Bandwidth(100e9), Duration(5e-7)}}};
  expect_seconds(cluster, 2 * (0.75e-3 + 3e-6) + 10e-3 + 3.3e-6);
  // With a NIC for each device the four streams do not meet: 2.5 ms,
  cluster.node.nics = 4;
  expect_seconds(cluster, 2 * (0.75e-3 + 3e-6) + 2.5e-3 + 3.3e-6);
  // but in the switch, if it has one adder: 100 MB at 20 GB/s.
  cluster.spec.reduction->adder = SwitchReduction::Adder::whole;
  expect_seconds(cluster, 2 * (0.75e-3 + 3e-6) + 5e-3 + 3.3e-6);
  // One node needs no switch.
  cluster.nodes = 1;
  expect_seconds(cluster, 2 * (0.75e-3 + 3e-6));
}

// Devices 0 and 1 of each of four nodes form a group each; both sum 100 MB over the one NIC.
TEST(InNetwork, SisterGroupsShareLinks) {
  const Cluster cluster{
      .spec = switched(), .nodes = 4, .node = {2, 1, {Bandwidth(100e9), Duration(5e-7)}}};
  const SplitGroups groups(8, 2);
  for (const Fidelity fidelity : {flow, analytic}) {
    const double seconds = seconds_of(
        cluster, fidelity,
        [&](World& world) {
          const int place = world.transport().rank() % 2;
          (void)all_reduce(world.transport(), *groups.same_shard()[static_cast<std::size_t>(place)],
                           {nullptr, kElements}, Algorithm::in_network);
        },
        {groups.groups(), groups.same_shard()});
    EXPECT_NEAR(seconds, 20e-3 + 3.3e-6, 1e-9);
  }
}

// Rank 3 enters 5 ms late; all leave together 10 ms later, and the others, who have waited, then
// sleep for as long as they did.
TEST(InNetwork, WaitsForTheLast) {
  const Cluster cluster{.spec = switched(), .nodes = 4};
  const double seconds = seconds_of(cluster, flow, [&](World& world) {
    Transport& transport = world.transport();
    if (transport.rank() == 3) world.clock().sleep_until(Duration(5e-3));
    const Duration waited =
        all_reduce(transport, *transport.world(), {nullptr, kElements}, Algorithm::in_network);
    world.clock().sleep_until(world.clock().now() + waited);
  });
  EXPECT_NEAR(seconds, 5e-3 + 10e-3 + 2.3e-6 + 5e-3, 1e-9);
}

// The job's 16 nodes are one of each leaf, and the uplinks carry the others' traffic too.
TEST(InNetwork, BackgroundSlowsTheWholeStream) {
  Cluster cluster{.spec = tree({4, 16}, {1}), .nodes = 64};
  for (int leaf = 0; leaf < 16; ++leaf) cluster.workers.push_back(4 * leaf);
  const double alone = seconds_of(cluster, flow);
  cluster.background = {Background::Pattern::uniform, 1};
  // Three neighbours send over the uplink, most of them at any time: a quarter to a half is left.
  EXPECT_GT(seconds_of(cluster, flow), 1.9 * alone);
}

// 64 nodes of 8 devices on 8 rails, in two pods: the trees meet in no switch and on no link.
TEST(ReductionStreams, OfANodeKeepApart) {
  const JsonDocument document = JsonDocument::parse_file(
      std::string(REHEARSE_SOURCE_DIR) + "/scenarios/networks/infiniband-hdr-selene.json");
  const NetworkSpec spec = read_network_spec(document.root());
  const Network network = build_network(spec, 560, spec.node.value());
  std::vector<EndpointId> workers(512);
  std::iota(workers.begin(), workers.end(), 0);
  const Group all(0, workers);
  std::set<LinkId> used;
  ReductionStreams streams(network, workers);
  for (const ReductionStream& stream : streams.of(all, 8)) {
    for (const LinkId id : stream.uses) EXPECT_TRUE(used.insert(id).second);
  }
}

TEST(InNetwork, FlowAndAnalyticAgree) {
  NetworkSpec box = switched();
  TorusSpec torus;
  torus.link = kLink;
  box.topology = std::make_shared<TorusSpec>(torus);
  for (const NetworkSpec& spec : {tree({16, 64}, {4}), tree({8, 8, 16}, {8, 4}), box}) {
    for (const std::int64_t nodes : {16, 128, 512}) {
      for (const int devices : {1, 2}) {
        const Cluster cluster{
            .spec = spec, .nodes = nodes, .node = {devices, 1, {Bandwidth(40e9), Duration(1e-6)}}};
        for (const std::int64_t elements : {1000, 25'000'000}) {
          EXPECT_NEAR(seconds_of(cluster, flow, elements) / seconds_of(cluster, analytic, elements),
                      1, 0.01)
              << nodes << " nodes of " << devices << ", " << elements << " elements";
        }
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
