#include <gtest/gtest.h>

#include <algorithm>

#include "graphs.h"
#include "topologies/graph/facts.h"

namespace rehearse {
namespace {

NetworkSpec without(NetworkSpec spec, const FailedParts& failed) {
  spec.failed = failed;
  return spec;
}

FailedParts links(std::vector<std::string> names) {
  FailedParts failed;
  failed.links = std::move(names);
  return failed;
}

FailedParts switches(std::vector<std::string> names) {
  FailedParts failed;
  failed.switches = std::move(names);
  return failed;
}

FailedParts share(double of_links, double of_switches = 0) {
  FailedParts failed;
  failed.link_fraction = of_links;
  failed.switch_fraction = of_switches;
  failed.seed = 5;
  return failed;
}

std::int64_t failed_connections(const Network& network) {
  std::int64_t count = 0;
  for (LinkId id = 0; id < network.links(); id += 2) count += network.works(id) ? 0 : 1;
  return count;
}

// Every route must be a path over links that work; one that was whole must be as it was.
void expect_routes_around(const NetworkSpec& spec, std::int64_t nodes, const NodeSpec& node,
                          const FailedParts& failed) {
  const Network whole = build_network(spec, nodes, node);
  const Network torn = build_network(without(spec, failed), nodes, node);
  const auto before = make_router(whole, Routing::minimal);
  const auto after = make_router(torn, Routing::minimal);
  EXPECT_GT(failed_connections(torn), 0);
  std::vector<LinkId> old_path;
  std::vector<LinkId> path;
  for (EndpointId src = 0; src < torn.endpoints(); ++src) {
    for (EndpointId dst = 0; dst < torn.endpoints(); ++dst) {
      for (const std::uint64_t key : {0, 1, 2}) {
        before->route(src, dst, key, old_path);
        after->route(src, dst, key, path);
        VertexId at = src;
        for (const LinkId id : path) {
          ASSERT_TRUE(torn.works(id)) << torn.link_name(id);
          ASSERT_EQ(torn.link(id).from, at);
          at = torn.link(id).to;
        }
        ASSERT_EQ(at, dst);
        const auto works = [&](LinkId id) { return torn.works(id); };
        if (std::all_of(old_path.begin(), old_path.end(), works)) {
          EXPECT_EQ(path, old_path);
        }
      }
    }
  }
}

TEST(Failed, NoRouteUsesADeadLink) {
  expect_routes_around(fat_tree(4), 16, one_device(), share(0.15));
  expect_routes_around(fat_tree(8), 128, one_device(), share(0.1, 0.1));
  expect_routes_around(dragonfly(4, 2, 2), 40, one_device(), share(0.2));
  expect_routes_around(dragonfly(4, 2, 2), 32, node_of_devices(2, 1),
                       links({"group 0 switch 0 -> group 0 switch 1"}));
}

TEST(Failed, RoutesGoTheLongWayWhereNoShortOneIsLeft) {
  // A ring of four switches: a - b, b - c, c - d, d - a. Without a - b the way is a d c b.
  const std::string ring =
      R"({"switches": ["a", "b", "c", "d"],
          "nodes": [{"switches": ["a"]}, {"switches": ["b"]}],
          "links": [{"a": "a", "b": "b"}, {"a": "b", "b": "c"}, {"a": "c", "b": "d"},
                    {"a": "d", "b": "a"}]})";
  const NetworkSpec spec = of_graph_text(ring, ten_gigabytes());
  const Network torn = build_network(without(spec, links({"a -> b"})), 2, one_device());
  std::vector<LinkId> path;
  make_router(torn, Routing::minimal)->route(0, 1, 0, path);
  ASSERT_EQ(path.size(), 5U);
  EXPECT_EQ(torn.link_name(path[1]), "a -> d");
  EXPECT_EQ(torn.link_name(path[3]), "c -> b");
  EXPECT_EQ(error_of([&] {
              build_network(without(spec, links({"a -> b", "d -> c"})), 2, one_device());
            }),
            "the network is not connected (node 1 is cut off): let less of it fail");
}

TEST(Failed, FactsCountWhatSurvives) {
  // k = 4: leaf 0 keeps one of its two links up, so its two nodes send 10 GB/s, not 20.
  const NetworkSpec spec = without(fat_tree(4), links({"leaf switch 0 -> level 1 switch 0"}));
  const Network network = build_network(spec, 16, one_device());
  const NetworkFacts f = facts(network, *make_router(network, Routing::minimal));
  EXPECT_EQ(f.links, 96 - 2);  // 16 + 32 connections
  EXPECT_EQ(f.failed_links, 2);
  EXPECT_DOUBLE_EQ(f.bisection.value(), 80e9 - 10e9);
  // A switch of level 1 has 2 links down and 2 up.
  const Network less =
      build_network(without(fat_tree(4), switches({"level 1 switch 0"})), 16, one_device());
  const NetworkFacts g = facts(less, *make_router(less, Routing::minimal));
  EXPECT_EQ(g.switches, 19);
  EXPECT_EQ(g.failed_switches, 1);
  EXPECT_EQ(g.links, 96 - 2 * 4);
  EXPECT_DOUBLE_EQ(g.bisection.value(), 80e9 - 20e9);
}

TEST(Failed, ANodeOfTwoNicsLivesWithOne) {
  // Two rails: leaf 1 holds the second NICs of nodes 0 to 3.
  NetworkSpec spec = fat_tree(8, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) { tree.rails = 2; });
  const NodeSpec node = node_of_devices(2, 2);
  expect_routes_around(spec, 8, node, switches({"leaf switch 1"}));
  const Network torn = build_network(without(spec, switches({"leaf switch 1"})), 8, node);
  std::vector<LinkId> path;
  make_router(torn, Routing::minimal)->route(1, 9, 0, path);  // device 1 has lost its NIC
  EXPECT_EQ(path[1], torn.injection_link(0, 0));
  const NetworkFacts f = facts(torn, *make_router(torn, Routing::minimal));
  EXPECT_DOUBLE_EQ(f.injection.value(), (16 - 4) * 10e9);
  EXPECT_EQ(error_of([&] {
              build_network(without(spec, links({"node 2 -> leaf switch 0 (NIC 0)",
                                                 "node 2 -> leaf switch 1 (NIC 1)"})),
                            8, node);
            }),
            "the network is not connected (node 2 is cut off): let less of it fail");
}

TEST(Failed, LargerSharesTakeMoreOfTheSame) {
  // 128 nodes on 8-port switches: 80 switches, 256 edges; 5 % are 12.8, 10 % 25.6.
  const Network some = build_network(without(fat_tree(8), share(0.05)), 128, one_device());
  const Network more = build_network(without(fat_tree(8), share(0.1)), 128, one_device());
  EXPECT_EQ(failed_connections(some), 13);
  EXPECT_EQ(failed_connections(more), 26);
  for (LinkId id = 0; id < some.links(); ++id) EXPECT_LE(more.works(id), some.works(id));
}

TEST(Failed, SwitchesAreDrawnAmongThoseWithoutNodes) {
  // 32 leaves, 32 switches of level 1, 16 on top: a quarter of the 48 are 12.
  const Network network = build_network(without(fat_tree(8), share(0, 0.25)), 128, one_device());
  std::int64_t failed = 0;
  for (std::int64_t i = 0; i < network.switches(); ++i) failed += network.switch_works(i) ? 0 : 1;
  EXPECT_EQ(failed, 12);
  for (std::int64_t leaf = 0; leaf < 32; ++leaf) EXPECT_TRUE(network.switch_works(leaf));
  EXPECT_EQ(error_of([] {
              FailedParts failed_parts = share(0, 0.1);
              failed_parts.file = "n.json";
              failed_parts.path = "/failed";
              build_network(without(dragonfly(4, 2, 2), failed_parts), 32, one_device());
            }),
            "n.json: /failed/switch_fraction: nodes hang on every switch (any that failed would "
            "take them along): give 'link_fraction', or name 'switches'");
}

TEST(Failed, RefusesNamesThatNothingHas) {
  FailedParts failed = links({"leaf switch 0 -> leaf switch 1"});
  failed.file = "n.json";
  failed.path = "/failed";
  EXPECT_EQ(error_of([&] { build_network(without(fat_tree(4), failed), 16, one_device()); }),
            "n.json: /failed/links: no link is named 'leaf switch 0 -> leaf switch 1' (names are "
            "as in 'top switch 3 -> level 1 switch 7'): rehearse topology --json-graph lists the "
            "switches");
  failed.links = {"node 0 device 1 -> node 0"};
  EXPECT_NE(error_of([&] {
              build_network(without(single_switch(), failed), 4, node_of_devices(2, 1));
            }).find("/links: 'node 0 device 1 -> node 0' is inside a node"),
            std::string::npos);
  failed = switches({"leaf 0"});
  EXPECT_NE(error_of([&] {
              build_network(without(fat_tree(4), failed), 16, one_device());
            }).find("no switch is named 'leaf 0'"),
            std::string::npos);
}

TEST(Failed, IsReadFromTheNetwork) {
  const JsonDocument document = JsonDocument::parse_text(
      R"({"topology": "single_switch", "injection_bandwidth": "10 GB/s",
          "injection_latency": "1 us",
          "failed": {"links": ["a -> b"], "link_fraction": 0.01, "seed": 3}})",
      "n.json");
  const NetworkSpec spec = read_network_spec(document.root());
  ASSERT_TRUE(spec.failed);
  EXPECT_EQ(spec.failed->links, (std::vector<std::string>{"a -> b"}));
  EXPECT_EQ(spec.failed->link_fraction, 0.01);
  EXPECT_EQ(spec.failed->seed, 3U);
}

}  // namespace
}  // namespace rehearse
