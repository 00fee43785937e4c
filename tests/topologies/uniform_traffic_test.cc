#include "topologies/routing/uniform_traffic.h"

#include <gtest/gtest.h>

#include "graphs.h"
#include "topologies/routing/flow_ends.h"

namespace rehearse {
namespace {

// The slow obvious way: pair of devices by pair of devices, NIC by NIC, every equal route.
std::vector<double> enumerated(const Network& network, bool hashed) {
  const NetworkShape& shape = network.shape();
  std::vector<double> bytes(static_cast<std::size_t>(network.links()));
  const auto add = [&](LinkId link, double part) { bytes[static_cast<std::size_t>(link)] += part; };
  const int devices = network.devices_per_node();
  for (EndpointId src = 0; src < network.endpoints(); ++src) {
    for (EndpointId dst = 0; dst < network.endpoints(); ++dst) {
      const NodeId from = network.node_of(src);
      const NodeId to = network.node_of(dst);
      if (from == to) continue;
      const std::vector<int> outs = nics_of_device(network, src % devices);
      const std::vector<int> ins = nics_of_device(network, dst % devices);
      for (const int out : outs) {
        for (const int in : ins) {
          const double part = 1.0 / static_cast<double>(outs.size() * ins.size());
          add(network.injection_link(from, out), part);
          add(Network::reverse(network.injection_link(to, in)), part);
          const std::int64_t a = network.leaf_of(from, out);
          const std::int64_t b = network.leaf_of(to, in);
          const std::int64_t equal = shape.minimal_routes(a, b);
          for (std::int64_t i = 0; i < equal; ++i) {
            const auto hash = static_cast<std::uint64_t>(i);
            const std::int64_t port = std::int64_t{to} * network.nics_per_node() + in;
            const std::uint64_t turn = hashed ? hash : shape.turn_of({from, to, port, 0, hash});
            std::vector<NetworkShape::Hop> hops;
            shape.minimal(a, b, turn, hops);
            for (const auto hop : hops) {
              add(network.hop_link(hop), part / static_cast<double>(equal));
            }
          }
        }
      }
    }
  }
  return bytes;
}

void expect_as_enumerated(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node,
                          Routing routing) {
  const Network network = build_network(spec, nodes, node);
  const auto found = uniform_traffic(network, *make_router(network, routing));
  ASSERT_TRUE(found);
  const std::vector<double> wanted = enumerated(network, routing == Routing::ecmp);
  for (LinkId id = 0; id < network.links(); ++id) {
    const auto i = static_cast<std::size_t>(id);
    EXPECT_NEAR(found->bytes[i], wanted[i], 1e-9 * (1 + wanted[i])) << network.link_name(id);
  }
}

NetworkSpec ring_of_switches() {
  return of_graph_text(R"({
      "switches": ["a", "b", "c", "d", "e"],
      "nodes": [{"switches": ["a"], "count": 2}, {"switches": ["c"]},
                {"switches": ["d"], "count": 3}],
      "links": [{"a": "a", "b": "b", "bandwidth": "10 GB/s", "latency": "1 us"},
                {"a": "b", "b": "c", "bandwidth": "10 GB/s", "latency": "1 us"},
                {"a": "c", "b": "d", "bandwidth": "10 GB/s", "latency": "1 us"},
                {"a": "d", "b": "a", "bandwidth": "10 GB/s", "latency": "1 us"},
                {"a": "b", "b": "e", "bandwidth": "10 GB/s", "latency": "1 us"},
                {"a": "e", "b": "d", "bandwidth": "10 GB/s", "latency": "1 us"}]})");
}

TEST(UniformTraffic, IsWhatEveryRouteOfEveryPairCarries) {
  for (const Routing routing : {Routing::minimal, Routing::ecmp}) {
    for (const auto& [spec, nodes] : {std::pair(single_switch(), 5),
                                      {fat_tree(4), 16},
                                      {fat_tree(4), 11},
                                      {dragonfly(4, 2, 2), 40},
                                      {dragonfly(4, 2, 2), 72},
                                      {dragonfly_plus(3), 40},
                                      {torus({4, 3, 2}), 24},
                                      {torus({5, 4}, false), 17},
                                      {hyperx({3, 4}, 2), 24},
                                      {slim_fly(5), 60},
                                      {ring_of_switches(), 6}}) {
      SCOPED_TRACE(std::string(spec.topology->name()) + " " + std::to_string(nodes));
      expect_as_enumerated(spec, nodes, one_device(), routing);
    }
  }
}

TEST(UniformTraffic, KnowsDevicesAndNics) {
  for (const auto& [devices, nics] : {std::pair(4, 1), {4, 2}, {2, 4}, {3, 3}}) {
    SCOPED_TRACE(std::to_string(devices) + " devices, " + std::to_string(nics) + " NICs");
    expect_as_enumerated(dragonfly(4, 2, 2), 16, node_of_devices(devices, nics), Routing::minimal);
    expect_as_enumerated(hyperx({3, 3}, 1), 9, node_of_devices(devices, nics), Routing::minimal);
    expect_as_enumerated(fat_tree(8), 24, node_of_devices(devices, nics), Routing::minimal);
  }
  NetworkSpec rails = fat_tree(8, 2);
  edit<FatTreeSpec>(rails, [](FatTreeSpec& tree) { tree.rails = 2; });
  expect_as_enumerated(rails, 10, node_of_devices(4, 2), Routing::minimal);
}

TEST(UniformTraffic, OfATreeIsThatOfItsFlows) {
  // Routes of trees depend on no hash, so that all flows give the same as the expectation.
  const Network network = build_network(fat_tree(6), 50, one_device());
  const auto router = make_router(network, Routing::minimal);
  std::vector<TrafficFlow> flows;
  for (EndpointId src = 0; src < 50; ++src) {
    for (EndpointId dst = 0; dst < 50; ++dst) {
      if (src != dst) flows.push_back({src, dst, 1});
    }
  }
  const Traffic wanted = route_traffic(network, *router, flows);
  const auto found = uniform_traffic(network, *router);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->busiest, wanted.busiest);
  EXPECT_DOUBLE_EQ(found->bottleneck.value(), wanted.bottleneck.value());
}

TEST(UniformTraffic, IsNotGivenWhereRoutesAreChosenOtherwise) {
  const Network network = build_network(dragonfly(4, 2, 2), 72, one_device());
  for (const Routing routing : {Routing::valiant, Routing::ugal, Routing::adaptive}) {
    EXPECT_FALSE(uniform_traffic(network, *make_router(network, routing)));
  }
}

}  // namespace
}  // namespace rehearse
