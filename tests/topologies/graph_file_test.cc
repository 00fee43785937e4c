// The three formats of files that list a network.
#include <gtest/gtest.h>

#include <fstream>

#include "graphs.h"

namespace rehearse {
namespace {

using Names = std::vector<std::string>;

Network of_text(const std::string& text, std::int64_t nodes,
                const LinkDefaults& defaults = ten_gigabytes()) {
  return build_network(of_graph_text(text, defaults), nodes, one_device());
}

std::string refusal(const std::string& text, const LinkDefaults& defaults = ten_gigabytes()) {
  return error_of([&] { read_switch_graph(text, "net", defaults); });
}

TEST(HostList, ExpandsAsSlurmDoes) {
  EXPECT_EQ(expand_host_list("n1"), (Names{"n1"}));
  EXPECT_EQ(expand_host_list("n[08-10,3]-ib,m"),
            (Names{"n08-ib", "n09-ib", "n10-ib", "n3-ib", "m"}));
  EXPECT_EQ(expand_host_list("r[0-1]c[2-3]"), (Names{"r0c2", "r0c3", "r1c2", "r1c3"}));
  for (const char* bad : {"n[0-", "n[2-1]", "n[a]", "n]", "a,,b", "n[[0]]", "n[0-9999999]",
                          "n[0-999][0-999][0-999]"}) {
    EXPECT_NE(error_of([&] { expand_host_list(bad); }).find("is not a list of names"),
              std::string::npos)
        << bad;
  }
}

constexpr const char* kSlurm = R"(# two leaves
SwitchName=leaf0 Nodes=n[0-3] LinkSpeed=100
switchname=leaf1 \
  nodes=n[4-7]
SwitchName=top Switches=leaf[0-1]
)";

TEST(Slurm, ReadsATree) {
  const Network network = of_text(kSlurm, 8);
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
  EXPECT_EQ(refusal(kSlurm, {}),
            "the links of a Slurm topology have no rates (the file cannot hold any): give "
            "'link_bandwidth' and 'link_latency' beside 'file'");
  EXPECT_EQ(refusal("SwitchName=a Nodes=n1\nSwitchName=b Switches=other\n"),
            "net: line 2: there is no switch 'other'");
  EXPECT_EQ(refusal("SwitchName=s1 Switches=s2\nSwitchName=s2 Switches=s3\n"
                    "SwitchName=s3 Switches=s2\nSwitchName=s4 Nodes=n1\n"),
            "net: line 2: switch 's2' hangs below itself (a tree has no cycles)");
  EXPECT_EQ(refusal("SwitchName=a Nodes=n[1-2]\n\nSwitchName=b Nodes=n2\n"),
            "net: line 3: node 'n2' hangs on a second switch (a node of a tree has one leaf)");
  EXPECT_NE(refusal("BlockName=b1 Nodes=n[1-2]\n").find("net: line 1: blocks are not read"),
            std::string::npos);
  EXPECT_NE(refusal("SwitchName=a Nodes=n[1-\n").find("net: line 1: 'n[1-' is not a list"),
            std::string::npos);
  EXPECT_NE(refusal("SwitchName=a Ndoes=n1\n").find("net: line 1: unknown key 'ndoes'"),
            std::string::npos);
  EXPECT_NE(refusal("SwitchName=a\n").find("nothing hangs on switch 'a'"), std::string::npos);
  EXPECT_NE(refusal("SwitchName=a Nodes=n1\nSwitchName=a Nodes=n2\n").find("line 2: switch 'a' is"),
            std::string::npos);
  EXPECT_EQ(refusal(""), "net: line 1: no switch is described (there is no 'SwitchName')");
}

TEST(JsonGraph, SaysWhichEntryIsWrong) {
  const auto with = [](const std::string& links) {
    return R"({"switches": ["left", "right"], "nodes": [{"switches": ["left"]}], "links": [)" +
           links + "]}";
  };
  EXPECT_EQ(refusal(with(R"({"a": "left", "b": "rihgt"})")),
            "net: /links/0/b: there is no switch 'rihgt': did you mean 'right'?");
  EXPECT_NE(refusal(with(R"({"a": "left", "b": "right", "bandwidth": "10 GB"})"))
                .find("net: /links/0/bandwidth: "),
            std::string::npos);
  EXPECT_NE(refusal(with(R"({"a": "left", "b": "right"})"), {}).find("net: /links/0/bandwidth: "),
            std::string::npos);
  EXPECT_NE(refusal(with(R"({"a": "left", "b": "left"})")).find("to itself"), std::string::npos);
  EXPECT_NE(refusal(R"({"switches": ["a", "a"], "links": []})").find("/switches/1: switch 'a' is"),
            std::string::npos);
}

TEST(JsonGraph, ParallelLinksAreToldApart) {
  const Network network = of_text(R"({"switches": ["a", "b"],
      "nodes": [{"switches": ["a"]}, {"switches": ["b"]}],
      "links": [{"a": "a", "b": "b"}, {"a": "b", "b": "a"}]})",
                                  2);
  EXPECT_EQ(network.link_name(network.edge_link(0)), "a -> b (cable 0)");
  EXPECT_EQ(network.link_name(network.edge_link(1)), "b -> a (cable 1)");
  EXPECT_EQ(network.shape().minimal_routes(0, 1), 2);
  EXPECT_EQ(error_of([] {
              of_text(R"({"switches": ["a"], "nodes": [{"switches": ["a", "a"]}], "links": []})",
                      1);
            }),
            "node 0 hangs on 2 switches, but has 1 NIC: give the nodes more NICs ('nics' of "
            "'node')");
}

std::string graphml(const std::string& body, const std::string& direction = "undirected") {
  return R"(<graphml><key id="k" for="node" attr.name="kind" attr.type="string"/>
    <key id="l" for="node" attr.name="label" attr.type="string"/>
    <key id="b" for="edge" attr.name="bandwidth" attr.type="string"/>
    <key id="w" for="edge" attr.name="weight" attr.type="double"/>
    <graph edgedefault=")" +
         direction + "\">" + body + "</graph></graphml>";
}

TEST(Graphml, ReadsSwitchesNodesAndRates) {
  const Network network = of_text(graphml(R"(
      <node id="x"><data key="l">left</data></node><node id="y"/>
      <node id="p"><data key="k">node</data></node><node id="q"><data key="k">node</data></node>
      <edge source="p" target="x"/><edge source="y" target="q"/>
      <edge source="x" target="y"><data key="b">40 Gbit/s</data><data key="w">3</data></edge>)"),
                                  2);
  EXPECT_EQ(network.link_name(network.edge_link(0)), "left -> switch 1");
  EXPECT_EQ(network.link(network.edge_link(0)).bandwidth, Bandwidth(5e9));
  EXPECT_EQ(network.leaf_of(1), 1);
}

TEST(Graphml, SaysWhatIsWrong) {
  const std::string two = R"(<node id="x"/><node id="y"/>)";
  const std::string whole = graphml(two);
  const std::string truncated = whole.substr(0, whole.size() - 12);
  EXPECT_TRUE(refusal(truncated).starts_with("net: line 5: this is no XML")) << refusal(truncated);
  EXPECT_NE(refusal("<html/>").find("this is no GraphML"), std::string::npos);
  EXPECT_NE(refusal(graphml(two + R"(<edge source="x" target="z"/>)"))
                .find("edge 0 leads to a vertex that is not"),
            std::string::npos);
  EXPECT_NE(refusal(graphml(two + R"(<edge source="x" target="y"><data key="b">10</data></edge>)"))
                .find("net: edge 0: '10' "),
            std::string::npos);
  EXPECT_EQ(refusal(graphml(two + R"(<edge source="x" target="y"/>)", "directed")),
            "net: /: the link from 'switch 0' to 'switch 1' has no way back (in a directed graph "
            "every link needs its reverse): add it, or make the graph undirected");
  EXPECT_NE(refusal(graphml(two + R"(<edge source="x" target="y"/>)"), {})
                .find("net: edge 0: the edge has no attribute 'bandwidth'"),
            std::string::npos);
}

class GraphFile : public testing::Test {
 protected:
  GraphFile() { std::ofstream(folder_ + "tree.conf") << kSlurm; }
  ~GraphFile() override { std::remove((folder_ + "tree.conf").c_str()); }

  NetworkSpec read(const std::string& rest) const {
    const std::string text =
        R"({"topology": "file", "injection_bandwidth": "10 GB/s", "injection_latency": "1 us", )" +
        rest + "}";
    return read_network_spec(JsonDocument::parse_text(text, folder_ + "n.json").root());
  }

  std::string folder_ = testing::TempDir();
};

TEST_F(GraphFile, LiesBesideTheFileThatNamesIt) {
  const std::string rates = R"("link_bandwidth": "5 GB/s", "link_latency": "1 us")";
  const NetworkSpec spec = read(R"("file": "tree.conf", )" + rates);
  EXPECT_EQ(spec.topology->capacity(), 8);
  EXPECT_EQ(build_network(spec, 6, one_device()).shape().edges(), 2);
  EXPECT_EQ(error_of([&] { build_network(spec, 9, one_device()); }),
            "9 nodes do not fit the network of tree.conf (it holds 8): use fewer nodes, or add "
            "some to the file");
  EXPECT_EQ(error_of([&] { read(R"("file": "treee.conf", )" + rates); }),
            folder_ +
                "n.json: /file: network graph 'treee.conf' is not a file (the path is taken "
                "from the folder of the file that names it): check the path");
  EXPECT_NE(error_of([&] {
              read(R"("file": "tree.conf", "nodes_per_switch": 2, )" + rates);
            }).find("/nodes_per_switch: the file says itself"),
            std::string::npos);
}

}  // namespace
}  // namespace rehearse
