#include <gtest/gtest.h>

#include "networks.h"
#include "svg_check.h"
#include "topologies/files/graph_readers.h"
#include "topologies/pictures/draw.h"
#include "topologies/routing/traffic_patterns.h"
#include "topologies/shapes/graph_spec.h"
#include "topologies/shapes/switch_graph.h"

namespace rehearse {
namespace {

using Words = std::vector<std::string>;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

const LinkDefaults kRates{Bandwidth(10e9), Duration(1e-7)};

Network from_slurm(const std::string& text) {
  GraphSpec graph;
  graph.graph = std::make_shared<SwitchGraph>(read_slurm_topology(text, "topology.conf", kRates));
  NetworkSpec spec = with_injection();
  spec.topology = std::make_shared<GraphSpec>(graph);
  return build_network(spec, static_cast<std::int64_t>(graph.graph->nodes.size()), one_device());
}

// A picture with and without a load.
void expect_readable(const Network& network) {
  EXPECT_EQ(unreadable_words(to_svg(network)), Words{}) << network.shape().title();
  if (network.nodes() < 2) return;
  const auto router = make_router(network, Routing::minimal);
  const PatternLoad load = ring_load(network, *router);
  const std::string name =
      "名称 of <a> network & of eighty characters or more that goes on & on, on";
  EXPECT_EQ(unreadable_words(to_svg(network, {name, &load})), Words{}) << network.shape().title();
}

NetworkSpec rails_of(std::int64_t ports, int levels, std::int64_t rails) {
  NetworkSpec spec = fat_tree(ports, levels);
  edit<FatTreeSpec>(spec, [&](FatTreeSpec& tree) { tree.rails = rails; });
  return spec;
}

TEST(NetworkPicture, FatTreesAreReadable) {
  for (const std::int64_t nodes : {1, 2, 16}) {
    expect_readable(build_network(fat_tree(4), nodes, one_device()));
  }
  expect_readable(build_network(fat_tree(16, 2), 128, one_device()));
  expect_readable(build_network(fat_tree(32), 8192, one_device()));
  expect_readable(build_network(rails_of(8, 2, 2), 10, node_of_devices(2, 2)));
  expect_readable(build_network(rails_of(40, 3, 8), 800, node_of_devices(8, 8)));
}

TEST(NetworkPicture, DragonfliesAreReadable) {
  expect_readable(build_network(dragonfly(4, 2, 2), 72, one_device()));
  expect_readable(build_network(dragonfly(8, 4, 4), 1056, one_device()));
  expect_readable(build_network(dragonfly(1, 2, 1), 4, one_device()));
  expect_readable(build_network(preset("aries-piz-daint"), 5704, one_device()));
  expect_readable(build_network(dragonfly_plus(2), 20, one_device()));
  expect_readable(build_network(dragonfly_plus(4), 272, one_device()));
}

TEST(NetworkPicture, BoxesAreReadable) {
  expect_readable(build_network(torus({4, 5, 3}), 60, one_device()));
  expect_readable(build_network(torus({40, 2}, false), 80, one_device()));
  expect_readable(build_network(torus({8, 8, 8, 2, 2}), 2048, one_device()));
  expect_readable(build_network(hyperx({4, 4}, 2), 32, one_device()));
  expect_readable(build_network(hyperx({9}, 2), 18, one_device()));
}

TEST(NetworkPicture, SlimFliesAndSwitchesAreReadable) {
  for (const std::int64_t q : {3, 5, 13, 29}) {
    expect_readable(build_network(slim_fly(q), 2 * q * q, one_device()));
  }
  for (const std::int64_t nodes : {1, 2, 64, 1000}) {
    expect_readable(build_network(single_switch(), nodes, one_device()));
  }
}

TEST(NetworkPicture, ATreeOfAFileIsDrawnAsATreeWithNames) {
  const Network network = from_slurm(
      "SwitchName=leaf-a Nodes=n[0-3]\nSwitchName=leaf-b Nodes=n[4-6]\n"
      "SwitchName=leaf-c Nodes=n[7-8]\nSwitchName=the-top Switches=leaf-a,leaf-b,leaf-c\n");
  expect_readable(network);
  const Words words = words_of(to_svg(network));
  for (const char* name : {"leaf-a: 4 nodes", "leaf-b: 3 nodes", "leaf-c: 2 nodes", "the-top"}) {
    EXPECT_EQ(std::count(words.begin(), words.end(), name), 1) << name;
  }
}

TEST(NetworkPicture, LargeTreesOfFilesAreReadable) {
  // 200 leaves with long names under 4 switches under one.
  std::string text, islands;
  const std::string name = "ein-sehr-langer-name-eines-schalters-in-einem-rechenzentrum-von-80-";
  for (int island = 0; island < 4; ++island) {
    std::string leaves;
    for (int leaf = 0; leaf < 50; ++leaf) {
      const std::string number = std::to_string(island) + "-" + std::to_string(leaf);
      text += "SwitchName=" + name + number + " Nodes=n" + number + "-[0-9]\n";
      leaves += (leaf == 0 ? "" : ",") + name + number;
    }
    text += "SwitchName=i" + std::to_string(island) + " Switches=" + leaves + "\n";
    islands += (island == 0 ? "" : ",") + ("i" + std::to_string(island));
  }
  const Network network = from_slurm(text + "SwitchName=core Switches=" + islands + "\n");
  expect_readable(network);
  // 60 rows are left: 14 leaves and one line for the others of each.
  EXPECT_EQ(count(to_svg(network), "and 36 more, 360 nodes"), 4U);
}

TEST(NetworkPicture, MeshesOfFilesHaveTheirNamesBesideThem) {
  for (const int switches : {3, 12, 90, 400}) {
    GraphSpec spec;
    SwitchGraph graph;
    for (int i = 0; i < switches; ++i) {
      graph.switches.push_back("city " + std::to_string(i));
      graph.nodes.push_back({i});
      for (const int step : {1, 2}) {
        graph.edges.push_back(
            {i, (i + step) % switches, {Bandwidth(1e9 * step), Duration(1e-3)}, {}, 1});
      }
    }
    spec.graph = std::make_shared<SwitchGraph>(graph);
    NetworkSpec network = with_injection();
    network.topology = std::make_shared<GraphSpec>(spec);
    const Network built = build_network(network, switches, one_device());
    expect_readable(built);
    const std::string svg = to_svg(built);
    EXPECT_EQ(count(svg, "city "), switches <= 100 ? static_cast<std::size_t>(switches) : 0U);
    // Both rates have their line in the legend.
    EXPECT_EQ(count(svg, "other: 1.00 GB/s per direction"), 1U);
    EXPECT_EQ(count(svg, "other: 2.00 GB/s per direction"), 1U);
  }
}

TEST(NetworkPicture, RailsAreDrawn) {
  // 10 nodes in groups of 4 on 2 rails: six leaves, named by their rail, over three boxes of nodes.
  const Words words = words_of(to_svg(build_network(rails_of(8, 2, 2), 10, node_of_devices(2, 2))));
  EXPECT_EQ(std::count(words.begin(), words.end(), "0"), 3);
  EXPECT_EQ(std::count(words.begin(), words.end(), "1"), 3);
  EXPECT_EQ(std::count(words.begin(), words.end(), "4 nodes"), 2);
  EXPECT_EQ(std::count(words.begin(), words.end(), "2 nodes"), 1);
  // A node counts once on a leaf, however many of its NICs hang there.
  NetworkSpec spec = rails_of(8, 2, 2);
  edit<FatTreeSpec>(spec, [](FatTreeSpec& tree) {
    tree.ports = 0;
    tree.levels.reset();
    tree.down = {4, 2};
    tree.up = {4};
  });
  const Words twice = words_of(to_svg(build_network(spec, 4, node_of_devices(4, 4))));
  EXPECT_EQ(std::count(twice.begin(), twice.end(), "4 nodes"), 1);
}

TEST(NetworkPicture, ShowsTheLoadOfEveryLink) {
  // Half way on 2 leaves of 2 nodes: all traffic crosses the top, which has as many links as nodes.
  const Network network = build_network(fat_tree(4, 2), 8, one_device());
  const auto router = make_router(network, Routing::minimal);
  const PatternLoad load = half_way_load(network, *router);
  EXPECT_DOUBLE_EQ(load.share, 1);
  const std::string svg = to_svg(network, {"", &load});
  EXPECT_EQ(count(svg, "Busiest link: "), 1U);
  EXPECT_EQ(count(svg, "100.0 % of what the NICs of all nodes can send arrives"), 1U);
  EXPECT_NE(svg, to_svg(network));
  EXPECT_EQ(svg, to_svg(network, {"", &load}));
}

}  // namespace
}  // namespace rehearse
