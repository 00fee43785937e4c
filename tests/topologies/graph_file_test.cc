// Networks that our own JSON lists, and files that scenarios name.
#include <gtest/gtest.h>

#include <fstream>

#include "graphs.h"

namespace rehearse {
namespace {

Network of_text(const std::string& text, std::int64_t nodes,
                const LinkDefaults& defaults = ten_gigabytes()) {
  return build_network(of_graph_text(text, defaults), nodes, one_device());
}

std::string refusal(const std::string& text, const LinkDefaults& defaults = ten_gigabytes()) {
  return error_of([&] { read_switch_graph(text, "net", defaults); });
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

TEST(JsonGraph, CountsNicsBeforeItMakesRoomForThem) {
  // 3 NICs of 10^6 nodes each: 2 x 3 x 10^6 directed links pass, those of four entries do not.
  const std::string node = R"({"switches": ["a", "a", "a"], "count": 1000000})";
  EXPECT_NE(refusal(R"({"switches": ["a"], "links": [], "nodes": [)" + node + ", " + node + ", " +
                    node + "]}")
                .find("the network is too large"),
            std::string::npos);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += (i == 0 ? "" : ",") + std::string(R"("a")");
  EXPECT_NE(refusal(R"({"switches": ["a"], "links": [], "nodes": [{"count": 1000000,
                        "switches": [)" +
                    many + "]}]}")
                .find("the network is too large"),
            std::string::npos);
}

TEST(JsonGraph, RefusesNulInNames) {
  EXPECT_NE(refusal("{\"switches\": [\"a\\u0000b\"], \"links\": []}").find("NUL"),
            std::string::npos);
}

TEST(OtherFiles, Case48AreNamed) {
  const auto expect_named = [](const std::string& text, const std::string& name) {
    const std::string found = refusal(text);
    EXPECT_NE(found.find("this seems to be " + name), std::string::npos) << found;
    EXPECT_NE(found.find("GraphML, GML, output of ibnetdiscover"), std::string::npos) << found;
  };
  expect_named("topology: [ Ring, Switch ]\nnpus_count: [ 2, 4 ]\n", "a network of ASTRA-sim");
  expect_named("<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"simgrid.dtd\">\n<platform/>",
               "a platform of SimGrid");
  expect_named("\x08\x06\x12\x07pytorch\x1a\x05", "a model in ONNX");
  expect_named("digraph G {\n a -> b;\n}\n", "a graph of Graphviz");
  expect_named("ClusterName=c\nNodeName=n[0-3] CPUs=4\n", "Slurm's slurm.conf");
  expect_named("apiVersion: v1\nkind: Node\n", "YAML");
  expect_named("<gexf version='1.2'/>", "GEXF");
  expect_named(R"({"model": {"zoo": "resnet50"}, "cluster": {}})", "a scenario");
  expect_named("", "an empty file");
  EXPECT_NE(refusal("1 2 10\n2 3 10\n").find("this is no network graph"), std::string::npos);
}

TEST(NodeLink, ReadsTheJsonOfNetworkx) {
  const NetworkSpec spec = of_graph_text(
      R"({"directed": false, "multigraph": false, "graph": {},
          "nodes": [{"id": "leaf", "type": "switch"}, {"id": "h0", "type": "host"},
                    {"id": "h1", "type": "host"}],
          "edges": [{"source": "h0", "target": "leaf", "bandwidth": "100 Gbit/s"},
                    {"source": "leaf", "target": "h1", "bandwidth": "100 Gbit/s"}]})");
  const auto& graph = *dynamic_cast<const GraphSpec&>(*spec.topology).graph;
  EXPECT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph.node_names[1], "h1");
  EXPECT_EQ(graph.injection, Bandwidth(12.5e9));
  EXPECT_EQ(build_network(spec, 2, one_device()).switches(), 1);
}

constexpr const char* kSlurm = R"(SwitchName=leaf0 Nodes=n[0-3]
SwitchName=leaf1 Nodes=n[4-7]
SwitchName=top Switches=leaf[0-1]
)";

class GraphFile : public testing::Test {
 protected:
  GraphFile() { std::ofstream(folder_ + "tree.conf") << kSlurm; }
  ~GraphFile() override { std::remove((folder_ + "tree.conf").c_str()); }

  NetworkSpec read(const std::string& rest,
                   const std::string& injection =
                       R"("injection_bandwidth": "10 GB/s", "injection_latency": "1 us", )") const {
    const std::string text = R"({"topology": "file", )" + injection + rest + "}";
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
  const NetworkSpec more = read(R"("file": "tree.conf", "nodes_per_switch": 2, )" + rates);
  ASSERT_EQ(graph_of(*more.topology)->remarks.size(), 1U);
  EXPECT_NE(graph_of(*more.topology)->remarks[0].find("is not used"), std::string::npos);
}

TEST_F(GraphFile, ItsLinksServeAsAnExampleForItsNics) {
  const NetworkSpec spec =
      read(R"("file": "tree.conf", "link_bandwidth": "5 GB/s", "link_latency": "1 us")", "");
  EXPECT_EQ(spec.injection.bandwidth, Bandwidth(5e9));
  EXPECT_EQ(spec.injection.latency, Duration(1e-6));
  ASSERT_EQ(spec.provenance.size(), 2U);
  EXPECT_EQ(spec.provenance[0].quantity, "injection_bandwidth");
}

}  // namespace
}  // namespace rehearse
