// GraphML and GML, as other programs write them.
#include <gtest/gtest.h>

#include "graphs.h"

namespace rehearse {
namespace {

SwitchGraph graph(const std::string& text, const LinkDefaults& defaults = ten_gigabytes()) {
  return read_switch_graph(text, "net", defaults);
}

std::string refusal(const std::string& text, const LinkDefaults& defaults = ten_gigabytes()) {
  return error_of([&] { graph(text, defaults); });
}

// Keys k (kind), l (label), t (type) of nodes; b (bandwidth), w (weight), c (capacity), d (delay),
// s, u and r (LinkSpeed, LinkSpeedUnits, LinkSpeedRaw) of edges.
std::string graphml(const std::string& body, const std::string& direction = "undirected") {
  return R"(<graphml><key id="k" for="node" attr.name="kind" attr.type="string"/>
    <key id="l" for="node" attr.name="label" attr.type="string"/>
    <key id="t" for="node" attr.name="type" attr.type="string"/>
    <key id="b" for="edge" attr.name="bandwidth" attr.type="string"/>
    <key id="w" for="edge" attr.name="weight" attr.type="double"/>
    <key id="c" for="edge" attr.name="capacity" attr.type="long"/>
    <key id="d" for="edge" attr.name="delay" attr.type="string"/>
    <key id="s" for="edge" attr.name="LinkSpeed" attr.type="string"/>
    <key id="u" for="edge" attr.name="LinkSpeedUnits" attr.type="string"/>
    <key id="r" for="edge" attr.name="LinkSpeedRaw" attr.type="double"/>
    <graph edgedefault=")" +
         direction + "\">" + body + "</graph></graphml>";
}

std::string edge(const std::string& data) {
  return R"(<edge source="x" target="y">)" + data + "</edge>";
}

const std::string kTwo = R"(<node id="x"/><node id="y"/>)";

// Of the only edge of a graph of two switches, in bytes per second.
double rate_of(const std::string& data, const LinkDefaults& defaults = ten_gigabytes()) {
  return graph(graphml(kTwo + edge(data)), defaults).edges.at(0).rate.bandwidth.value();
}

TEST(Graphml, ReadsSwitchesNodesAndRates) {
  const NetworkSpec spec = of_graph_text(graphml(R"(
      <node id="x"><data key="l">left</data></node><node id="n1"/>
      <node id="p"><data key="k">node</data></node><node id="q"><data key="k">node</data></node>
      <edge source="p" target="x"/><edge source="n1" target="q"/>
      <edge source="x" target="n1"><data key="b">40 Gbit/s</data></edge>)"),
                                         ten_gigabytes());
  const Network network = build_network(spec, 2, one_device());
  EXPECT_EQ(network.link_name(network.edge_link(0)), "left -> switch 1");
  EXPECT_EQ(network.link(network.edge_link(0)).bandwidth, Bandwidth(5e9));
  EXPECT_EQ(network.leaf_of(1), 1);
}

TEST(Graphml, SaysWhatIsWrong) {
  const std::string whole = graphml(kTwo);
  const std::string truncated = whole.substr(0, whole.size() - 12);
  EXPECT_TRUE(refusal(truncated).starts_with("net: line 11: this is no XML")) << refusal(truncated);
  EXPECT_NE(refusal("<html/>").find("this seems to be a web page"), std::string::npos);
  EXPECT_NE(refusal(graphml(kTwo + R"(<edge source="x" target="z"/>)"))
                .find("net: /: edge 0 leads to a vertex that is not, 'z'"),
            std::string::npos);
  EXPECT_NE(refusal(graphml(kTwo + edge(R"(<data key="b">10</data>)")))
                .find("net: edge 0: '10' of 'bandwidth' has no unit"),
            std::string::npos);
  EXPECT_NE(refusal(graphml(kTwo + edge(R"(<data key="b">fast</data>)"))).find("'fast'"),
            std::string::npos);
  EXPECT_EQ(refusal(graphml(kTwo + edge(""), "directed")),
            "net: /: the link from 'x' to 'y' has no way back (in a directed graph "
            "every link needs its reverse): add it, or make the graph undirected");
  EXPECT_NE(refusal(graphml(kTwo + edge("")), {})
                .find("net: edge 0: the edge has no attribute 'bandwidth'"),
            std::string::npos);
  EXPECT_NE(refusal(graphml(kTwo + R"(<node id="x"/>)")).find("two vertices have the id 'x'"),
            std::string::npos);
  EXPECT_NE(refusal(graphml(R"(<node id="x"><data key="k">hots</data></node>)"))
                .find("a vertex is of kind 'hots'"),
            std::string::npos);
}

TEST(Graphml, Case15ReadsTheSpeedsOfTheTopologyZoo) {
  EXPECT_DOUBLE_EQ(rate_of(R"(<data key="r">155000000.0</data>)"), 155e6 / 8);
  EXPECT_DOUBLE_EQ(rate_of(R"(<data key="s">10</data><data key="u">G</data>)"), 10e9 / 8);
  EXPECT_DOUBLE_EQ(rate_of(R"(<data key="s">155</data><data key="u">M</data>)"), 155e6 / 8);
  EXPECT_DOUBLE_EQ(rate_of(R"(<data key="s">2</data><data key="u">Gbps</data>)"), 2e9 / 8);
  // A number that the raw value contradicts: the raw one, in bit/s, wins.
  EXPECT_DOUBLE_EQ(
      rate_of(R"(<data key="s">1</data><data key="u">G</data><data key="r">1e6</data>)"), 1e6 / 8);
}

TEST(Graphml, ReadsRatesAsPeopleWriteThem) {
  const auto capacity = [](const std::string& text) {
    return rate_of("<data key=\"c\">" + text + "</data>");
  };
  EXPECT_DOUBLE_EQ(capacity("100 Gbit/s"), 12.5e9);
  EXPECT_DOUBLE_EQ(capacity("100G"), 12.5e9);
  EXPECT_DOUBLE_EQ(capacity("100 Gbps"), 12.5e9);
  EXPECT_DOUBLE_EQ(capacity("40GbE"), 5e9);
  EXPECT_DOUBLE_EQ(capacity("155 Mb/s"), 155e6 / 8);
  EXPECT_DOUBLE_EQ(capacity("12.5 GB/s"), 12.5e9);
  EXPECT_DOUBLE_EQ(capacity("125MBps"), 125e6);
  // No rates: the default of 10 GB/s holds.
  for (const char* other : {"fast", "-5 Gbps", "0", "100 apples", "1e400 Gbps"}) {
    EXPECT_DOUBLE_EQ(capacity(other), 10e9) << other;
  }
}

TEST(Graphml, PlainNumbersNeedAUnit) {
  const std::string data = R"(<data key="c">100</data><data key="d">2</data>)";
  const SwitchGraph without = graph(graphml(kTwo + edge(data)));
  EXPECT_EQ(without.edges[0].rate.bandwidth, Bandwidth(10e9));
  ASSERT_EQ(without.remarks.size(), 2U);
  EXPECT_EQ(without.remarks[0], "attribute 'delay' of 'net' is passed over");
  EXPECT_NE(without.remarks[1].find("'capacity' of 'net' is a number without a unit"),
            std::string::npos);
  LinkDefaults defaults;
  defaults.rate_unit = Bandwidth(1e9 / 8);
  defaults.latency_unit = Duration(1e-6);
  const SwitchGraph with = graph(graphml(kTwo + edge(data)), defaults);
  EXPECT_EQ(with.edges[0].rate.bandwidth, Bandwidth(12.5e9));
  EXPECT_EQ(with.edges[0].rate.latency, Duration(2e-6));
  EXPECT_TRUE(with.remarks.empty());
}

TEST(Graphml, Case15ReadsHostsOfNetworkx) {
  const SwitchGraph found = graph(graphml(R"(
      <node id="spine0"><data key="t">switch</data></node>
      <node id="leaf0"><data key="t">switch</data></node>
      <node id="h0"><data key="t">host</data></node><node id="h1"><data key="t">host</data></node>
      <edge source="spine0" target="leaf0"><data key="c">100 Gbps</data></edge>
      <edge source="h0" target="leaf0"><data key="c">25 Gbps</data></edge>
      <edge source="h1" target="leaf0"><data key="c">25 Gbps</data></edge>)"));
  EXPECT_EQ(found.switches, (std::vector<std::string>{"spine0", "leaf0"}));
  EXPECT_EQ(found.node_names, (std::vector<std::string>{"h0", "h1"}));
  EXPECT_EQ(found.edges.size(), 1U);
  EXPECT_EQ(found.injection, Bandwidth(25e9 / 8));
  EXPECT_TRUE(found.remarks.empty());
}

TEST(Graphml, TellsNodesByOtherWords) {
  for (const char* word : {"server", "Compute", "end-host", "HCA", "compute_node"}) {
    const SwitchGraph found =
        graph(graphml(R"(<node id="x"><data key="t">ToR</data></node><node id="y"><data key="t">)" +
                      std::string(word) + "</data></node>" + edge("")));
    EXPECT_EQ(found.nodes.size(), 1U) << word;
  }
  // What calls all vertices alike tells nothing.
  EXPECT_EQ(graph(graphml(R"(<node id="x"><data key="t">host</data></node>
                             <node id="y"><data key="t">host</data></node>)" +
                          edge("")))
                .switches.size(),
            2U);
  const SwitchGraph other = graph(graphml(R"(<node id="x"><data key="t">ROADM</data></node>
                             <node id="y"><data key="t">host</data></node>)" +
                                          edge("")));
  EXPECT_EQ(other.remarks,
            (std::vector<std::string>{
                "vertices of 'net' whose 'type' is 'ROADM' are taken for switches"}));
}

TEST(Graphml, NamesWhatItPassesOver) {
  const SwitchGraph found = graph(graphml(kTwo + edge(R"(<data key="w">3</data>)")));
  EXPECT_EQ(found.remarks,
            (std::vector<std::string>{"attribute 'weight' of 'net' is passed over"}));
}

TEST(Graphml, Case15NumbersRepeatedNames) {
  const SwitchGraph found = graph(graphml(R"(<node id="1"><data key="l">None</data></node>
      <node id="2"><data key="l">None</data></node><node id="3"><data key="l">None</data></node>
      <node id="4"/>)"));
  EXPECT_EQ(found.switches, (std::vector<std::string>{"None", "None (2)", "None (3)", "switch 3"}));
}

TEST(Graphml, DirectedEdgesPairUp) {
  const SwitchGraph found = graph(graphml(R"(<node id="x"/><node id="y"/>
      <node id="h"><data key="k">node</data></node>
      <edge source="x" target="y"><data key="b">10 GB/s</data></edge>
      <edge source="y" target="x"><data key="b">5 GB/s</data></edge>
      <edge source="x" target="y" directed="false"><data key="b">1 GB/s</data></edge>
      <edge source="h" target="x"/><edge source="x" target="h"/><edge source="x" target="x"/>)",
                                          "directed"));
  ASSERT_EQ(found.edges.size(), 2U);
  EXPECT_EQ(found.edges[0].back, Bandwidth(5e9));
  EXPECT_EQ(found.nodes, (std::vector<std::vector<std::int64_t>>{{0}}));  // one NIC
  EXPECT_EQ(found.remarks,
            (std::vector<std::string>{
                "1 edges of 'net' lead from a vertex to itself and are passed over"}));
}

TEST(Graphml, ReadsLabelsOfDrawingsAndGroups) {
  const SwitchGraph found = graph(
      R"(<?xml version="1.0"?><graphml xmlns:y="http://www.yworks.com/xml/graphml">
      <key for="node" id="d0" yfiles.type="nodegraphics"/>
      <key for="edge" id="d1" yfiles.type="edgegraphics"/>
      <graph edgedefault="directed" id="G"><node id="n0"><graph id="n0:" edgedefault="undirected">
        <node id="n0::n0"><data key="d0"><y:ShapeNode><y:Geometry height="30.0"/>
          <y:NodeLabel>core
            1</y:NodeLabel></y:ShapeNode></data></node>
        <node id="n0::n1"><data key="d0"><y:NodeLabel>core 2</y:NodeLabel></data></node>
        <edge id="e0" source="n0::n0" target="n0::n1"><data key="d1"><y:PolyLineEdge>
          <y:EdgeLabel>100G</y:EdgeLabel></y:PolyLineEdge></data></edge>
      </graph></node></graph></graphml>)");
  EXPECT_EQ(found.switches, (std::vector<std::string>{"core 1", "core 2"}));
  ASSERT_EQ(found.edges.size(), 1U);
  EXPECT_EQ(found.edges[0].rate.bandwidth, Bandwidth(12.5e9));
}

TEST(Graphml, DefaultsOfKeysHold) {
  const SwitchGraph found = graph(
      R"(<graphml><key id="b" for="edge" attr.name="bandwidth"><default>40 Gbit/s</default></key>
      <graph edgedefault="undirected"><node id="x"/><node id="y"/>
      <edge source="x" target="y"/></graph></graphml>)");
  EXPECT_EQ(found.edges.at(0).rate.bandwidth, Bandwidth(5e9));
}

TEST(Graphml, RefusesWhatGrowsWithoutBounds) {
  std::string deep = "<graphml>";
  for (int i = 0; i < 30'000; ++i) deep += "<graph>";
  EXPECT_EQ(refusal(deep), "net: line 1: elements are nested deeper than 64");
  EXPECT_NE(refusal("<!DOCTYPE g [<!ENTITY a \"aaaa\">]><graphml>&a;</graphml>")
                .find("declares entities of its own"),
            std::string::npos);
  std::string empty = "<graphml><graph>";
  for (int i = 0; i < 600'000; ++i) empty += "<node/>";
  EXPECT_EQ(refusal(empty + "</graph></graphml>"), "net: line 1: a node has no 'id'");
}

TEST(Gml, Case15ReadsTheTopologyZoo) {
  const std::string text = R"(Creator "Topology Zoo Toolset"
# a comment
graph [
  label "Abilene"
  node [ id 0 label "New York" graphics [ x 1.5 y 2 ] ]
  node [
    id 1
    label "AT&amp;T #2"
  ]
  node [ id 2 label "None" ]  node [ id 3 label "None" ]
  edge [ source 0 target 1 LinkSpeedRaw 10000000000.0 ]
  edge [ source 1 target 2 LinkLabel "155 Mbps" ]
  edge [ source 2 target 3 LinkLabel "OC-192c" ]
]
)";
  const SwitchGraph found = graph(text);
  EXPECT_EQ(found.switches, (std::vector<std::string>{"New York", "AT&T #2", "None", "None (2)"}));
  ASSERT_EQ(found.edges.size(), 3U);
  EXPECT_EQ(found.edges[0].rate.bandwidth, Bandwidth(1.25e9));
  EXPECT_EQ(found.edges[1].rate.bandwidth, Bandwidth(155e6 / 8));
  EXPECT_EQ(found.edges[2].rate.bandwidth, Bandwidth(10e9));
  EXPECT_EQ(found.remarks, (std::vector<std::string>{
                               "attribute 'LinkLabel' of 'net' is passed over",
                               "1 of the 3 links of 'net' have no rate and get 'link_bandwidth'"}));
}

TEST(Gml, SaysWhatIsWrong) {
  EXPECT_EQ(refusal("graph [\n node [ id 1 ]\n"),
            "net: line 3: a bracket is open: check that it is whole");
  EXPECT_EQ(refusal("graph [ node [ label \"a\" ] ]"), "net: line 1: a node has no 'id'");
  EXPECT_EQ(refusal("graph [\n node [ id 1 label \"a ] ]"),
            "net: line 2: the quotes of a text do not close");
  EXPECT_EQ(refusal("graph [ node [ id 1 ] edge [ source 1 ] ]"),
            "net: line 1: an edge has no 'source' or 'target'");
  EXPECT_EQ(refusal("graph [ node [ id 1 ] ] ]"),
            "net: line 1: a bracket closes that was not open");
  std::string deep = "graph [ ";
  for (int i = 0; i < 30'000; ++i) deep += "a [ ";
  EXPECT_EQ(refusal(deep), "net: line 1: lists are nested deeper than 64");
}

}  // namespace
}  // namespace rehearse
