#include "topologies/files/export.h"

#include <gtest/gtest.h>

#include "graphs.h"
#include "topologies/graph/facts.h"

namespace rehearse {
namespace {

struct Case {
  const char* name;
  NetworkSpec spec;
  std::int64_t nodes;
  NodeSpec node;
};

std::vector<Case> cases() {
  NetworkSpec odd = fat_tree(8, 2);
  edit<FatTreeSpec>(odd, [](FatTreeSpec& tree) {
    tree.link = {{Bandwidth(1e10 / 3), Duration(1.0 / 7e6)}};
    tree.rails = 2;
  });
  NetworkSpec torn = fat_tree(4);
  torn.failed = FailedParts{};
  torn.failed->link_fraction = 0.1;
  torn.failed->seed = 2;
  torn.failed->switches = {"top switch 1"};
  return {{"switch", single_switch(), 5, one_device()},
          {"tree", fat_tree(4), 16, one_device()},
          {"rails", odd, 6, node_of_devices(4, 2)},
          {"aries", preset("aries-piz-daint"), 800, one_device()},
          {"torn", torn, 16, one_device()}};
}

void expect_same_links(const Network& a, const Network& b) {
  std::vector<LinkId> working;
  for (LinkId id = 0; id < a.links(); ++id) {
    if (a.works(id)) working.push_back(id);
  }
  ASSERT_EQ(static_cast<std::int64_t>(working.size()), b.links());
  for (LinkId id = 0; id < b.links(); ++id) {
    const Link was = a.link(working[static_cast<std::size_t>(id)]);
    const Link is = b.link(id);
    EXPECT_EQ(a.vertex_name(was.from), b.vertex_name(is.from));
    EXPECT_EQ(a.vertex_name(was.to), b.vertex_name(is.to));
    EXPECT_DOUBLE_EQ(was.bandwidth.value(), is.bandwidth.value());
    EXPECT_EQ(was.latency, is.latency);
    EXPECT_EQ(was.cables, is.cables);
  }
}

TEST(Export, ReadsBackAsTheSameNetwork) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Network network = build_network(c.spec, c.nodes, c.node);
    for (const std::string& text : {to_json_graph(network), to_graphml(network)}) {
      NetworkSpec spec = of_graph_text(text);
      spec.injection = c.spec.injection;
      const Network again = build_network(spec, c.nodes, c.node);
      expect_same_links(network, again);
      EXPECT_EQ(bisection_bandwidth(network), bisection_bandwidth(again));
    }
  }
}

TEST(Export, OfADegradedNetworkHasWhatIsLeft) {
  // k = 4: 20 switches and 32 edges. A top switch has 4; of the 32 10 %, three, fail besides.
  const Network network = build_network(cases().back().spec, 16, one_device());
  const Network again = build_network(of_graph_text(to_json_graph(network)), 16, one_device());
  EXPECT_EQ(again.switches(), 19);
  EXPECT_LE(again.shape().edges(), 32 - 4);
  EXPECT_GE(again.shape().edges(), 32 - 4 - 3);
}

TEST(Export, KeepsBothRatesOfALink) {
  const std::string text =
      R"({"switches": ["a", "b"], "nodes": [{"switches": ["a"]}, {"switches": ["b"]}],
          "links": [{"a": "a", "b": "b", "bandwidth": "10 GB/s", "bandwidth_back": "5 GB/s",
                     "latency": "1 us", "cables": 2}]})";
  const Network network = build_network(of_graph_text(text), 2, one_device());
  for (const std::string& form : {to_json_graph(network), to_graphml(network)}) {
    const Network again = build_network(of_graph_text(form), 2, one_device());
    EXPECT_EQ(again.link(again.edge_link(0)).bandwidth, Bandwidth(20e9));
    EXPECT_EQ(again.link(again.edge_link(0) + 1).bandwidth, Bandwidth(10e9));
  }
}

// Shortest routes through the graph of a fat-tree are the tree's own, in its own order.
TEST(Export, AFatTreeFromAFileKeepsItsRoutes) {
  const Network tree = build_network(fat_tree(8), 128, one_device());
  const Network again = build_network(of_graph_text(to_json_graph(tree)), 128, one_device());
  std::vector<NetworkShape::Hop> own;
  std::vector<NetworkShape::Hop> found;
  for (std::int64_t from = 0; from < 32; ++from) {
    for (std::int64_t to = 0; to < 32; ++to) {
      ASSERT_EQ(again.shape().minimal_routes(from, to), tree.shape().minimal_routes(from, to));
      for (const std::uint64_t turn : {0, 1, 2, 3, 5, 7, 11, 15, 16, 127}) {
        own.clear();
        found.clear();
        tree.shape().minimal(from, to, turn, own);
        again.shape().minimal(from, to, turn, found);
        ASSERT_EQ(own, found);
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
