#include "topologies/graph/network_cost.h"

#include "networks.h"

namespace rehearse {
namespace {

// 1 per port, 10 per electrical and 100 per optical cable, 1000 per NIC, up to 100 Gbit/s; twice
// that up to 200 Gbit/s; 0.5 per switch.
PriceList round_prices() {
  PriceList list;
  list.currency = "coins";
  list.switch_base = 0.5;
  const auto classes = [](double price) {
    return PriceList::Classes{{Bandwidth(12.5e9), price}, {Bandwidth(25e9), 2 * price}};
  };
  list.port = classes(1);
  list.electrical = classes(10);
  list.optical = classes(100);
  list.nic = classes(1000);
  return list;
}

TEST(NetworkCost, OfATree) {
  // k = 4: 16 nodes, 20 switches of 4 ports; 16 cables to the nodes and 2 * 16 between levels, all
  // of 10 GB/s. Ports 16 + 64 = 80.
  const NetworkCost cost =
      cost_of(build_network(fat_tree(4), 16, node_of_devices(2, 1)), round_prices());
  EXPECT_EQ(cost.switches, 20);
  EXPECT_EQ(cost.ports, 80);
  EXPECT_EQ(cost.electrical_cables, 16);
  EXPECT_EQ(cost.optical_cables, 32);
  EXPECT_EQ(cost.nics, 16);
  EXPECT_EQ(cost.endpoints, 32);
  EXPECT_DOUBLE_EQ(cost.switch_price, 20 * 0.5 + 80);
  EXPECT_DOUBLE_EQ(cost.cable_price, 16 * 10 + 32 * 100);
  EXPECT_DOUBLE_EQ(cost.nic_price, 16 * 1000);
  EXPECT_DOUBLE_EQ(cost.total(), 90 + 3360 + 16000);
  EXPECT_DOUBLE_EQ(cost.per_endpoint(), 19450.0 / 32);
  EXPECT_TRUE(cost.unpriced.empty());
}

TEST(NetworkCost, OfADragonfly) {
  // Nine groups of 4 routers (6 local links of 20 GB/s, the dear class) and 2 nodes per router; 36
  // global links of 4 GB/s: every port of h = 2 is used.
  const NetworkCost cost =
      cost_of(build_network(dragonfly(4, 2, 2), 72, one_device()), round_prices());
  EXPECT_EQ(cost.electrical_cables, 72 + 9 * 6);
  EXPECT_EQ(cost.optical_cables, 36);
  EXPECT_EQ(cost.ports, 72 + 2 * (54 + 36));
  EXPECT_DOUBLE_EQ(cost.switch_price, 36 * 0.5 + 72 + 2 * (54 * 2 + 36));
  EXPECT_DOUBLE_EQ(cost.cable_price, 72 * 10 + 54 * 20 + 36 * 100);
}

TEST(NetworkCost, CountsParallelCables) {
  // Two leaves of two nodes, one link of three cables of 10 GB/s from each to the one spine.
  NetworkSpec spec = fat_tree(4, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) {
    tree.ports = 0;
    tree.levels.reset();
    tree.down = {2, 2};
    tree.up = {1};
    tree.cables = {3};
  });
  const Network network = build_network(spec, 4, one_device());
  EXPECT_EQ(network.link(network.edge_link(0)).bandwidth, Bandwidth(30e9));
  const NetworkCost cost = cost_of(network, round_prices());
  EXPECT_EQ(cost.optical_cables, 6);
  EXPECT_EQ(cost.ports, 4 + 12);
  EXPECT_DOUBLE_EQ(cost.cable_price, 4 * 10 + 6 * 100);
}

TEST(NetworkCost, SaysWhatHasNoPrice) {
  PriceList list = round_prices();
  list.optical = {{Bandwidth(1e9), 5}};
  const NetworkCost cost = cost_of(build_network(fat_tree(4), 16, one_device()), list);
  EXPECT_EQ(cost.unpriced, "optical cables of 10.0 GB/s");
  list.optical = {{{}, 5}};  // any rate
  EXPECT_TRUE(cost_of(build_network(fat_tree(4), 16, one_device()), list).unpriced.empty());
}

std::string complaint(const std::string& assignment) {
  JsonDocument document = JsonDocument::parse_text(R"({
    "prices": "network", "currency": "coins",
    "switch": {"port": [{"up_to": "10 Gbit/s", "price": 1}, {"price": 2}]},
    "cable": {"electrical": [{"price": 1}], "optical": [{"price": 1}]},
    "nic": [{"price": 1}]})",
                                                   "p.json");
  if (!assignment.empty()) document.set(assignment);
  return error_of([&] { (void)read_price_list(document.root()); });
}

TEST(PriceList, IsReadStrictly) {
  EXPECT_EQ(complaint(""), "accepted");
  EXPECT_EQ(complaint("nic=[]"),
            R"(p.json: /nic: there is no price: write for example [{"price": 300}])");
  EXPECT_EQ(complaint(R"(nic=[{"price": -1}])").substr(0, 33), "p.json: /nic/0/price: -1 is out o");
  EXPECT_EQ(complaint(R"(nic=[{"price": 1}, {"price": 2}])"),
            "p.json: /nic/1: this class can never apply (the one before has no 'up_to'): give the "
            "classes in ascending order, only the last without 'up_to'");
  EXPECT_EQ(complaint(R"(nic=[{"up_to": "2 GB/s", "price": 1}, {"up_to": "1 GB/s", "price": 2}])"),
            "p.json: /nic/1/up_to: the classes do not ascend (the one before is as fast): sort "
            "them by rate");
  EXPECT_EQ(complaint("switch.prot=1").substr(0, 37), "p.json: /switch/prot: unknown key 'pr");
  EXPECT_EQ(complaint("prices=car").substr(0, 30), "p.json: /prices: 'car' is not ");
}

}  // namespace
}  // namespace rehearse
