// Output of ibnetdiscover.
#include <gtest/gtest.h>

#include "graphs.h"
#include "topologies/graph/check.h"

namespace rehearse {
namespace {

const LinkDefaults kLatency{{}, Duration(1e-7)};

SwitchGraph graph(const std::string& text, const LinkDefaults& defaults = kLatency) {
  return read_switch_graph(text, "net", defaults);
}

TEST(Ibnetdiscover, Case48ReadsHostsOfASwitch) {
  const SwitchGraph found = graph(
      "#\n# Topology file: generated on Mon Jan  1 00:00:00 2024\n#\nvendid=0x2c9\ndevid=0xcf08\n"
      "switchguid=0x7cfe90030000(7cfe90030000)\n"
      "Switch\t36 \"S-7cfe90030000\"\t\t# \"MF0;sw1:MSB7700/U1\" enhanced port 0 lid 1 lmc 0\n"
      "[1]\t\"H-7cfe90030001\"[1](7cfe90030001) \t\t# \"n001 HCA-1\" lid 5 4xEDR\n"
      "[2]\t\"H-7cfe90030002\"[1](7cfe90030002) \t\t# \"n002 HCA-1\" lid 6 4xEDR\n");
  EXPECT_EQ(found.node_names, (std::vector<std::string>{"n001", "n002"}));
  EXPECT_EQ(found.switches, (std::vector<std::string>{"MF0;sw1:MSB7700/U1"}));
  EXPECT_EQ(found.ports, (std::vector<std::int32_t>{36}));
  EXPECT_EQ(found.injection, Bandwidth(12.5e9));  // 4 lanes of 25 Gbit/s
}

// Two leaves of 8 ports with two cables to a spine, and a node of two adapters.
const std::string kSubnet = R"(Switch  8 "S-000000000000000a"   # "leaf" base port 0 lid 1 lmc 0
[1]     "H-01"[1](1)   # "n1 mlx5_10" lid 5 4xHDR
[2]     "H-02"[1](2)   # "n1 mlx5_2" lid 6 4xHDR
[3]     "S-0c"[1]      # "spine" lid 2 4xNDR
[4][ext 4]     "S-0c"[2]      # "spine" lid 2 2xNDR
Switch  8 "S-b"   # "leaf" base port 0 lid 3 lmc 0
[1]     "H-03"[1](3)   # "n2 HCA-1" lid 7 4xHDR
[2]     "H-99"[1](9)   # "Mellanox Technologies Aggregation Node" lid 9 4xHDR
[5]     "S-0c"[3]      # "spine" lid 2 4xNDR
[6]
Switch  8 "S-000c"   # "spine" base port 0 lid 2 lmc 0
[1]     "S-a"[3]      # "leaf" lid 1 4xNDR
[2]     "S-a"[4]      # "leaf" lid 1 2xNDR
[3]     "S-b"[5]      # "leaf" lid 3 4xNDR
Ca      1 "H-01"   # "n1 mlx5_10"
[1](1)  "S-a"[1]   # lid 5 lmc 0 "leaf" lid 1 4xHDR
)";

TEST(Ibnetdiscover, CountsEveryLinkOnceAndJoinsAdaptersOfAHost) {
  const SwitchGraph found = graph(kSubnet);
  EXPECT_EQ(found.switches, (std::vector<std::string>{"leaf", "spine", "leaf (2)"}));
  ASSERT_EQ(found.edges.size(), 3U);
  EXPECT_EQ(found.edges[0].rate.bandwidth, Bandwidth(50e9));  // 4 x 100 Gbit/s
  EXPECT_EQ(found.edges[1].rate.bandwidth, Bandwidth(25e9));
  EXPECT_EQ(found.node_names, (std::vector<std::string>{"n1", "n2"}));
  EXPECT_EQ(found.nodes, (std::vector<std::vector<std::int64_t>>{{0, 0}, {2}}));
  EXPECT_EQ(found.injection, Bandwidth(25e9));
  ASSERT_EQ(found.remarks.size(), 2U);
  EXPECT_NE(found.remarks[0].find("1 units of switches that add"), std::string::npos);
  EXPECT_NE(found.remarks[1].find("have 1 to 2 NICs"), std::string::npos);
}

// As the manual of ibnetdiscover shows it: all adapters have one description.
TEST(Ibnetdiscover, AdaptersWithoutANameAreNodesOfTheirOwn) {
  const SwitchGraph found = graph(R"(   Switch  24 "S-05"   # "ISR9024 Voltaire" base port 0 lid 6
   [22]    "H-0008f10403961354"[1](8f10403961355)  # "MT23108 InfiniHost" lid 4 4xSDR
   [8]     "H-0008f10403960558"[2](8f1040396055a)  # "MT23108 InfiniHost" lid 14 1xSDR
   [12]    "H-0008f10403960558"[1](8f10403960559)  # "MT23108 InfiniHost" lid 10 4xSDR
)");
  EXPECT_EQ(found.node_names,
            (std::vector<std::string>{"MT23108 InfiniHost", "MT23108 InfiniHost (2)"}));
  EXPECT_EQ(found.nodes[1].size(), 2U);
  EXPECT_EQ(found.injection, Bandwidth(2e9 / 8));  // one lane of 2 Gbit/s
}

TEST(Ibnetdiscover, SaysWhichLineIsWrong) {
  const auto refusal = [](const std::string& text, const LinkDefaults& defaults = kLatency) {
    return error_of([&] { graph(text, defaults); });
  };
  EXPECT_NE(refusal(kSubnet, {}).find("net: line 4: the file tells no latencies"),
            std::string::npos);
  EXPECT_NE(refusal("vendid=0x1\n[1] \"H-1\"[1]\n").find("line 2: a port stands below no switch"),
            std::string::npos);
  EXPECT_NE(refusal("Switch 8 \"S-1\"\n[1] \"X-1\"[1]\n").find("line 2: 'X-1' is no switch"),
            std::string::npos);
  EXPECT_NE(refusal("Ca 1 \"H-1\" # \"a HCA-1\"\n[1] \"H-2\"[1] # \"b HCA-1\"\n")
                .find("the subnet has no switch"),
            std::string::npos);
}

// A switch of 2 ports with 3 cables.
TEST(Check, FindsMoreCablesThanPorts) {
  std::string text = kSubnet;
  text.replace(0, 9, "Switch  2");
  const NetworkSpec spec = of_graph_text(text, kLatency);
  const Network network = build_network(spec, 2, node_of_devices(1, 2));
  const NetworkCheck check = check_network(network, *make_router(network, Routing::minimal));
  EXPECT_FALSE(check.passed());
  EXPECT_EQ(check.overfull, 1);
  EXPECT_EQ(check.overfull_switch, 0);
  EXPECT_EQ(check.overfull_ports, 2);
  EXPECT_EQ(check.overfull_cables, 4);  // two NICs and two cables to the spine
}

}  // namespace
}  // namespace rehearse
