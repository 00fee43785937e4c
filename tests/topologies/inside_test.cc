// Nodes whose devices have direct links.
#include <gtest/gtest.h>

#include "networks.h"

namespace rehearse {
namespace {

NodeSpec joined(int devices) {
  NodeSpec node = node_of_devices(devices, 1);
  node.inside = NodeSpec::Inside::all_to_all;
  node.pair = {Bandwidth(25e9), Duration(5e-7)};
  return node;
}

TEST(Inside, EveryTwoDevicesHaveALink) {
  // 3 nodes of 4 devices: 3 * (4 + 6 + 1) connections.
  const Network network = build_network(single_switch(), 3, joined(4));
  EXPECT_EQ(network.links(), 2 * 3 * (4 + 6 + 1));
  for (EndpointId a = 4; a < 8; ++a) {
    for (EndpointId b = 4; b < 8; ++b) {
      if (a == b) continue;
      const Link link = network.link(network.direct_link(a, b));
      EXPECT_EQ(link.from, a);
      EXPECT_EQ(link.to, b);
      EXPECT_EQ(link.bandwidth, Bandwidth(25e9));
      EXPECT_EQ(link.cls, LinkClass::intra_node);
    }
  }
  EXPECT_EQ(network.link_name(network.direct_link(6, 5)), "node 1 device 2 -> node 1 device 1");
  EXPECT_EQ(network.link_name(network.injection_link(2, 0)), "node 2 -> switch");
}

TEST(Inside, TrafficOfANodeTakesTheDirectLink) {
  const Network network = build_network(single_switch(), 2, joined(4));
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  router->route(1, 3, 0, path);
  EXPECT_EQ(path, (std::vector<LinkId>{network.direct_link(1, 3)}));
  router->route(1, 6, 0, path);
  EXPECT_EQ(path, (std::vector<LinkId>{network.device_link(1), network.injection_link(0, 0),
                                       Network::reverse(network.injection_link(1, 0)),
                                       Network::reverse(network.device_link(6))}));
}

TEST(Inside, IsReadFromTheNode) {
  const auto read = [](const std::string& rest) {
    const std::string text =
        R"({"devices": 4, "device_bandwidth": "16 GB/s", "device_latency": "1 us", )" + rest + "}";
    return read_node_spec(JsonDocument::parse_text(text, "n.json").root());
  };
  const NodeSpec node =
      read(R"("inside": "all_to_all", "pair_bandwidth": "25 GB/s", "pair_latency": "500 ns")");
  EXPECT_EQ(node.inside, NodeSpec::Inside::all_to_all);
  EXPECT_EQ(node.pair.bandwidth, Bandwidth(25e9));
  EXPECT_EQ(error_of([&] { read(R"("inside": "all_to_all")"); }),
            "n.json: /inside: nothing is known of the links between two devices: give "
            "'pair_bandwidth' and 'pair_latency'");
}

}  // namespace
}  // namespace rehearse
