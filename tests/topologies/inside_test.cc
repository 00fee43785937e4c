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

// Four devices on two inner switches, 5 GB/s between each of these and the hub.
NodeSpec two_sockets() {
  NodeSpec node = node_of_devices(4, 1);
  node.switches = 2;
  node.switch_link = {Bandwidth(5e9), Duration(4e-7)};
  return node;
}

TEST(Inside, DevicesHangOnInnerSwitches) {
  // 3 nodes: 12 devices, 3 hubs, 6 inner switches, then the switch; 3 * (4 + 2 + 1) connections.
  const Network network = build_network(single_switch(), 3, two_sockets());
  EXPECT_EQ(network.first_switch(), 12 + 3 + 6);
  EXPECT_EQ(network.links(), 2 * 3 * (4 + 2 + 1));
  // Devices 4 to 7 are those of node 1, the last two on its second inner switch: the fourth of all.
  EXPECT_EQ(network.inner_switch_of(7), 3);
  EXPECT_EQ(network.link(network.device_link(7)).to, 12 + 3 + 3);
  const Link up = network.link(network.inner_link(7));
  EXPECT_EQ(up.from, 12 + 3 + 3);
  EXPECT_EQ(up.to, network.node_vertex(1));
  EXPECT_EQ(up.bandwidth, Bandwidth(5e9));
  EXPECT_EQ(up.cls, LinkClass::intra_node);
  for (const VertexId vertex : {7, 12 + 1, 12 + 3 + 2, 12 + 3 + 3}) {
    EXPECT_EQ(network.node_at(vertex), 1);
  }
  EXPECT_EQ(network.link_name(network.inner_link(7)), "node 1 inner switch 1 -> node 1");
  EXPECT_EQ(network.link_name(network.injection_link(2, 0)), "node 2 -> switch");
}

TEST(Inside, TrafficPassesTheHubBetweenInnerSwitchesOnly) {
  const Network network = build_network(single_switch(), 2, two_sockets());
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  router->route(0, 1, 0, path);
  EXPECT_EQ(path, (std::vector<LinkId>{network.device_link(0),
                                       Network::reverse(network.device_link(1))}));
  router->route(1, 2, 0, path);
  EXPECT_EQ(path, (std::vector<LinkId>{network.device_link(1), network.inner_link(1),
                                       Network::reverse(network.inner_link(2)),
                                       Network::reverse(network.device_link(2))}));
  router->route(1, 7, 0, path);
  EXPECT_EQ(path, (std::vector<LinkId>{network.device_link(1), network.inner_link(1),
                                       network.injection_link(0, 0),
                                       Network::reverse(network.injection_link(1, 0)),
                                       Network::reverse(network.inner_link(7)),
                                       Network::reverse(network.device_link(7))}));
}

TEST(Inside, InnerSwitchesAreReadFromTheNode) {
  const auto read = [](const std::string& rest) {
    const std::string text =
        R"({"devices": 4, "device_bandwidth": "16 GB/s", "device_latency": "1 us", )" + rest + "}";
    return read_node_spec(JsonDocument::parse_text(text, "n.json").root());
  };
  const std::string rates = R"("switch_bandwidth": "9 GB/s", "switch_latency": "400 ns", )";
  const NodeSpec node = read(rates + R"("switches": 2)");
  EXPECT_EQ(node.switches, 2);
  EXPECT_EQ(node.switch_link.bandwidth, Bandwidth(9e9));
  EXPECT_EQ(error_of([&] { read(R"("switches": 2)"); }),
            "n.json: /switches: nothing is known of the links from them to the hub: give "
            "'switch_bandwidth' and 'switch_latency'");
  EXPECT_EQ(error_of([&] { read(rates + R"("switches": 3)"); }),
            "n.json: /switches: 4 devices do not fill 3 switches of a node evenly: give another "
            "number, or 1 for none");
  EXPECT_NE(error_of([&] {
              read(rates + R"("switches": 2, "inside": "all_to_all",
                              "pair_bandwidth": "25 GB/s", "pair_latency": "1 us")");
            }),
            "");
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
