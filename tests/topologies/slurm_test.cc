// topology.conf and topology.yaml of Slurm.
#include <gtest/gtest.h>

#include "graphs.h"
#include "topologies/files/slurm_lines.h"

namespace rehearse {
namespace {

using Names = std::vector<std::string>;

SwitchGraph graph(const std::string& text, const LinkDefaults& defaults = ten_gigabytes()) {
  return read_switch_graph(text, "net", defaults);
}

std::string refusal(const std::string& text, const LinkDefaults& defaults = ten_gigabytes()) {
  return error_of([&] { graph(text, defaults); });
}

// "8 nodes, 3 switches, 2 links"
std::string sizes(const SwitchGraph& graph) {
  return std::to_string(graph.nodes.size()) + " nodes, " + std::to_string(graph.switches.size()) +
         " switches, " + std::to_string(graph.edges.size()) + " links";
}

std::string sizes(const std::string& text) { return sizes(graph(text)); }

TEST(HostList, ExpandsAsSlurmDoes) {
  EXPECT_EQ(expand_host_list("n1"), (Names{"n1"}));
  EXPECT_EQ(expand_host_list("n[08-10,3]-ib,m"),
            (Names{"n08-ib", "n09-ib", "n10-ib", "n3-ib", "m"}));
  EXPECT_EQ(expand_host_list("r[0-1]c[2-3]"), (Names{"r0c2", "r0c3", "r1c2", "r1c3"}));
  // Commas and blanks part names; what stands between two of them may be empty.
  EXPECT_EQ(expand_host_list("a,,b, c\td,"), (Names{"a", "b", "c", "d"}));
  EXPECT_TRUE(expand_host_list("").empty());
  for (const char* bad : {"n[0-", "n[2-1]", "n[a]", "n]", "n[]", "n[[0]]", "n[0-9999999]",
                          "n[0-999][0-999][0-999]", "n[1-2", "n[1,]", "n[0-99999999999]"}) {
    EXPECT_NE(error_of([&] { expand_host_list(bad); }).find("is not a list of names"),
              std::string::npos)
        << bad;
  }
}

TEST(HostList, IsCountedBeforeItIsExpanded) {
  EXPECT_EQ(host_list_size("n[08-10,3]-ib,m"), 5);
  // 10^9 names for each of 10 lists in brackets: nobody has room for these, but they can be
  // counted.
  EXPECT_EQ(host_list_size("n[0-999999999]" + std::string("[0-9]")), 1e10);
  EXPECT_NE(error_of([] {
              expand_host_list(std::string(300, 'x') + "[0-999999]");
            }).find("255 characters at most"),
            std::string::npos);
}

TEST(SlurmLines, CommentsGoBeforeContinuations) {
  const auto texts = [](const std::string& text) {
    Names found;
    for (const SlurmLine& line : slurm_lines(text)) {
      found.push_back(std::to_string(line.number) + ":" + line.text);
    }
    return found;
  };
  EXPECT_EQ(texts("a \\\n b\nc"), (Names{"1:a  b", "3:c"}));
  EXPECT_EQ(texts("a \\ \t\r\n b\r\n"), (Names{"1:a  b"}));
  EXPECT_EQ(texts("# x \\\na\n"), (Names{"2:a"}));
  EXPECT_EQ(texts("a # x \\\nb\n"), (Names{"1:a", "2:b"}));
  EXPECT_EQ(texts("a \\ # x\nb\n"), (Names{"1:a b"}));
  EXPECT_EQ(texts("a\\\\\nb\n"), (Names{"1:a\\", "2:b"}));  // an even number joins nothing
  EXPECT_EQ(texts("a\\#b # c\n"), (Names{"1:a#b"}));
  EXPECT_EQ(texts("a \\"), (Names{"1:a"}));
}

TEST(SlurmLines, PairsMayHaveBlanksAndQuotes) {
  const auto pairs = slurm_pairs(" SwitchName = s0\tNodes=\"n1, n2\" LinkSpeed= 100 ");
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[0].key + "|" + pairs[0].lower + "|" + pairs[0].value, "SwitchName|switchname|s0");
  EXPECT_EQ(pairs[1].value, "n1, n2");
  EXPECT_EQ(pairs[2].value, "100");
  EXPECT_EQ(error_of([] { slurm_pairs("a=b junk"); }), "'junk' is not KEY=VALUE");
  EXPECT_EQ(error_of([] { slurm_pairs("a="); }), "'a=' is not KEY=VALUE");
  EXPECT_EQ(error_of([] { slurm_pairs("a=\"b c"); }), "the quotes behind 'a=' do not close");
}

constexpr const char* kTree = R"(# two leaves
SwitchName=leaf0 Nodes=n[0-3] LinkSpeed=100
switchname=leaf1 \
  nodes=n[4-7]
SwitchName=top Switches=leaf[0-1]
)";

TEST(Slurm, ReadsATree) {
  const Network network = build_network(of_graph_text(kTree, ten_gigabytes()), 8, one_device());
  EXPECT_EQ(network.switches(), 3);
  EXPECT_EQ(network.vertex_name(network.switch_vertex(1)), "leaf1");
  EXPECT_EQ(network.leaf_of(3), 0);
  EXPECT_EQ(network.leaf_of(4), 1);
  EXPECT_EQ(network.shape().edges(), 2);
  std::vector<LinkId> path;
  make_router(network, Routing::minimal)->route(0, 7, 0, path);
  ASSERT_EQ(path.size(), 4U);
  EXPECT_EQ(network.link_name(path[1]), "leaf0 -> top");
  EXPECT_EQ(network.link(path[1]).bandwidth, Bandwidth(10e9));
}

TEST(Slurm, SaysWhichLineIsWrong) {
  EXPECT_NE(refusal(kTree, {}).find("net: line 5: the links of a Slurm topology have no rates (the "
                                    "file cannot hold any): give 'link_bandwidth'"),
            std::string::npos);
  EXPECT_EQ(refusal("SwitchName=a Nodes=n1\nSwitchName=b Switches=other\n"),
            "net: line 2: there is no switch 'other'");
  EXPECT_EQ(refusal("SwitchName=s1 Switches=s2\nSwitchName=s2 Switches=s3\n"
                    "SwitchName=s3 Switches=s2\nSwitchName=s4 Nodes=n1\n"),
            "net: line 2: switch 's2' hangs below itself (a tree has no cycles)");
  EXPECT_EQ(refusal("SwitchName=s1 Switches=s1\n"),
            "net: line 1: switch 's1' hangs below itself (a tree has no cycles)");
  EXPECT_NE(refusal("SwitchName=a Nodes=n[1-\n").find("net: line 1: 'n[1-' is not a list"),
            std::string::npos);
  EXPECT_NE(refusal("SwitchName=a Ndoes=n1\n").find("net: line 1: unknown key 'ndoes'"),
            std::string::npos);
  EXPECT_EQ(refusal("SwitchName=a Nodes=n1\n\nSwitchName=a Nodes=n2\n"),
            "net: line 3: switch 'a' is described twice (first in line 1)");
  EXPECT_NE(refusal("SwitchName=a Nodes=n1\ninclude more.conf\n").find("line 2: an 'include' is"),
            std::string::npos);
  EXPECT_NE(refusal("Nodes=n1\nSwitchName=a Nodes=n2\n").find("line 1: the line names no switch"),
            std::string::npos);
  EXPECT_NE(refusal("SwitchName=s[0-1] Nodes=n2\n").find("is several names"), std::string::npos);
}

TEST(Slurm, Case09NamesBothLinesOfANodeOnTwoSwitches) {
  const std::string text =
      "SwitchName=s2 Nodes=gpu-n[041-058]\n"
      "SwitchName=s3 Nodes=gpu-n[040,060,062-077]\n"
      "SwitchName=s4 Nodes=gpu-n[037-039,051,061,078-080]\n";
  EXPECT_EQ(refusal(text),
            "net: line 3: node 'gpu-n051' hangs on a second switch (line 1 has it on 's2'): name "
            "it in one line");
  EXPECT_EQ(refusal(text + "SwitchName=s5 Nodes=gpu-n[060-061]\n"),
            "net: line 3: node 'gpu-n051' hangs on a second switch (line 1 has it on 's2'; and 2 "
            "more such, the next is 'gpu-n060' of line 4): name it in one line");
}

TEST(Slurm, Case10NamesTheLineAndTheHostOfAnIsland) {
  const NetworkSpec spec = of_graph_text(
      "# managed\nSwitchName=s0 Nodes=hpc[001-003]\nSwitchName=s1 Nodes=xf-srv2\n"
      "SwitchName=s2 Nodes=xf-srv3\n",
      ten_gigabytes());
  EXPECT_EQ(error_of([&] { build_network(spec, 5, one_device()); }),
            "net: line 3: the network is not connected (node 3, 'xf-srv2' of line 3, on 's1' "
            "cannot reach node 0, 'hpc001' of line 2, on 's0'; the nodes are in 3 parts): add "
            "links or a switch above, or use the first 3 nodes only");
  EXPECT_EQ(build_network(spec, 3, one_device()).nodes(), 3);
}

TEST(Slurm, Case11ReadsLeavesOfDifferentKinds) {
  EXPECT_EQ(sizes("# topology.conf\n# Switch Configuration\nSwitchName=s0 Nodes=t-c-[001-004]\n"
                  "SwitchName=s1 Nodes=t-c-[005-006]\nSwitchName=s2 Nodes=t-m-[001-002]\n"
                  "SwitchName=s3 Nodes=t-dgx1-[001-002]\nSwitchName=s4 Switches=s[0-3]\n"),
            "10 nodes, 5 switches, 4 links");
}

TEST(Slurm, Case13TakesEveryBlockForASwitch) {
  const SwitchGraph blocks = graph(
      "# Number of Nodes in block1: 4\nBlockName=block_a Nodes=hpc-9,hpc-13,hpc-17,hpc-21\n"
      "BlockName=block_b Nodes=hpc-22,hpc-26\nBlockSizes=4,8\n");
  EXPECT_EQ(sizes(blocks), "6 nodes, 3 switches, 2 links");
  ASSERT_EQ(blocks.remarks.size(), 1U);
  EXPECT_NE(blocks.remarks[0].find("say nothing of switches"), std::string::npos);
  EXPECT_NE(refusal("BlockName=b Nodes=n1\nSwitchName=s Nodes=n2\n").find("stand in one file"),
            std::string::npos);
  EXPECT_NE(refusal("BlockName=b\n").find("line 1: block 'b' has no nodes"), std::string::npos);
}

TEST(Slurm, Case14ReadsLinesAsSlurmsParserDoes) {
  const std::string rest = "SwitchName=s1 Nodes=n[4-7]\nSwitchName=top Switches=s[0-1]\n";
  for (const std::string& first : {std::string("SwitchName=s0 \\\r\n  Nodes=n[0-3]\r\n"),
                                   std::string("SwitchName=s0 Nodes=n[0-3] \\ \n  LinkSpeed=100\n"),
                                   std::string("SwitchName=\"s0\" Nodes=\"n[0-3]\"\n"),
                                   std::string("SwitchName = s0   Nodes = n[0-3]\n"),
                                   std::string("SWITCHNAME=s0 NODES=n[0-3]\n")}) {
    EXPECT_EQ(sizes(first + rest), "8 nodes, 3 switches, 2 links") << first;
  }
  // A comment that ends in '\' takes no line with it.
  EXPECT_EQ(sizes("# was on sw\\rack\\\nSwitchName=s0 Nodes=n[0-3]\nSwitchName=s1 Nodes=n[4-7]\n"
                  "SwitchName=s2 Nodes=n[8-11]\nSwitchName=top Switches=s[1-2]\n"),
            "12 nodes, 4 switches, 2 links");
  EXPECT_NE(refusal("SwitchName=s0 Nodes=ALL\n").find("which nodes 'ALL' are"), std::string::npos);
}

TEST(Slurm, Case14JoinsPeersOfADragonflyOnce) {
  EXPECT_EQ(sizes("SwitchName=leaf0 Nodes=tux[0-3] Switches=leaf[1-2]\n"
                  "SwitchName=leaf1 Nodes=tux[4-7] Switches=leaf[0,2]\n"
                  "SwitchName=leaf2 Nodes=tux[8-11] Switches=leaf[0-1]\n"),
            "12 nodes, 3 switches, 3 links");
}

TEST(Slurm, Case14PassesOverKeysOfSlurmConf) {
  const SwitchGraph found = graph("TopologyPlugin=topology/tree\nSwitchName=s0 Nodes=n[0-3]\n");
  ASSERT_EQ(found.remarks.size(), 1U);
  EXPECT_EQ(found.remarks[0],
            "line 1 of 'net': 'TopologyPlugin' belongs to slurm.conf and is passed over");
}

TEST(Slurm, NamesThatRepeatInALineAreOne) {
  EXPECT_EQ(sizes("SwitchName=s0 Nodes=n[0-3],n1\nSwitchName=s1 Nodes=n4\n"
                  "SwitchName=top Switches=s0,s0,s0,s1\n"),
            "5 nodes, 3 switches, 2 links");
}

TEST(Slurm, ReadsWhatScontrolShows) {
  EXPECT_EQ(sizes("SwitchName=s0 Level=0 LinkSpeed=1 Nodes=n[0-3]\n"
                  "SwitchName=s1 Level=0 LinkSpeed=1 Nodes=n[4-7]\n"
                  "SwitchName=top Level=1 LinkSpeed=1 Nodes=n[0-7] Switches=s[0-1]\n"),
            "8 nodes, 3 switches, 2 links");
  EXPECT_EQ(sizes("BlockName=b0 BlockIndex=0 Nodes=w0-[0-17] BlockSize=16\n"
                  "BlockName=b1 BlockIndex=1 Nodes=w1-[0-17] BlockSize=16\n"
                  "AggregatedBlock=b[0-1] BlockIndex=2 BlockSize=32 Nodes=w[0-1]-[0-17]\n"),
            "36 nodes, 3 switches, 2 links");
}

// 60 lines of a million names each would take all memory.
TEST(Slurm, CountsNamesBeforeItMakesRoomForThem) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    text += "SwitchName=s" + number + " Nodes=n" + number + "_[0-999999]\n";
  }
  EXPECT_NE(refusal(text).find("net: line 2: the network is too large"), std::string::npos);
}

TEST(SlurmYaml, Case12ReadsTheDefaultTopology) {
  const std::string block =
      "- topology: topo-block\n  cluster_default: false\n  block:\n    block_sizes:\n      - 2\n"
      "    blocks:\n      - block: b1\n        nodes: node[1-2]\n      - block: b2\n"
      "        nodes: node[3-4]\n- topology: topo-flat\n  cluster_default: false\n  flat: true\n";
  const SwitchGraph tree = graph(
      "---\n- topology: topo-switch\n  cluster_default: true\n  tree:\n    switches:\n"
      "      - switch: sw_root\n        children: s[1-2]\n      - switch: s1\n"
      "        nodes: node[1-2]\n      - switch: s2\n        nodes: node[3-4]\n" +
      block);
  EXPECT_EQ(sizes(tree), "4 nodes, 3 switches, 2 links");
  ASSERT_EQ(tree.remarks.size(), 1U);
  EXPECT_EQ(tree.remarks[0],
            "'net' holds 3 topologies; 'topo-switch' is read: it is the cluster's default");
  // Without a default the first one is read.
  const SwitchGraph first = graph(block);
  EXPECT_EQ(sizes(first), "4 nodes, 3 switches, 2 links");
  EXPECT_EQ(first.remarks[0], "'net' holds 2 topologies; 'topo-block' is read: it is the first");
}

TEST(SlurmYaml, SaysWhichLineIsWrong) {
  const std::string head = "- topology: t\n  tree:\n    switches:\n";
  EXPECT_NE(refusal("- topology: t\n  flat: true\n").find("net: line 1: the topology names no"),
            std::string::npos);
  EXPECT_NE(refusal(head + "      - switch: a\n        node: n1\n")
                .find("net: line 5: unknown key 'node'"),
            std::string::npos);
  EXPECT_NE(refusal(head + "      - switch: a\n        children: b\n")
                .find("net: line 4: there is no switch 'b'"),
            std::string::npos);
  EXPECT_NE(refusal("- topology: t\n  tree:\n    switches: []\n").find("line 3: no switch is"),
            std::string::npos);
  EXPECT_NE(refusal("- topology: t\n  tree: {\n").find("this is no YAML"), std::string::npos);
}

TEST(SlurmYaml, RefusesWhatGrowsWithoutBounds) {
  EXPECT_NE(
      refusal("- topology: t\n  tree:\n    " + std::string(30'000, '[') + std::string(30'000, ']'))
          .find("deeper than 64"),
      std::string::npos);
  EXPECT_NE(refusal("- topology: t\n  tree: &a [1]\n  block: *a\n").find("an anchor is not read"),
            std::string::npos);
  EXPECT_NE(refusal("- topology: t\n  topology: t\n  tree: x\n").find("'topology' stands twice"),
            std::string::npos);
}

}  // namespace
}  // namespace rehearse
