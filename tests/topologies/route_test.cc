#include <gtest/gtest.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <map>

#include "base/random.h"
#include "networks.h"

namespace rehearse {
namespace {

// An independent measure of distance: breadth-first search by Boost over the links that `allowed`
// lets through.
std::vector<int> distances(const Network& network, VertexId start,
                           const std::function<bool(const Link&)>& allowed) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  Graph graph(static_cast<std::size_t>(network.vertices()));
  for (LinkId id = 0; id < network.links(); ++id) {
    const Link link = network.link(id);
    if (allowed(link)) boost::add_edge(link.from, link.to, graph);
  }
  std::vector<int> distance(static_cast<std::size_t>(network.vertices()));
  boost::breadth_first_search(graph, static_cast<std::size_t>(start),
                              boost::visitor(boost::make_bfs_visitor(boost::record_distances(
                                  distance.data(), boost::on_tree_edge()))));
  return distance;
}

void expect_path(const Network& network, EndpointId src, EndpointId dst,
                 const std::vector<LinkId>& path) {
  VertexId at = src;
  for (const LinkId id : path) {
    ASSERT_GE(id, 0);
    ASSERT_LT(id, network.links());
    ASSERT_EQ(network.link(id).from, at);
    at = network.link(id).to;
  }
  ASSERT_EQ(at, dst);
}

TEST(Route, EveryRouteIsAPathFromSourceToDestination) {
  const NetworkSpec aries = preset("aries-piz-daint");
  const std::vector<std::pair<NetworkSpec, std::int64_t>> cases{
      {single_switch(), 7},
      {tree_of_places(4), 16},
      {tree_of_places(8), 128},
      {tree_of_places(8), 100},
      {tree_of_places(6, 2), 17},
      {dragonfly(4, 2, 2), 72},
      {dragonfly(4, 2, 2), 31},
      {dragonfly(8, 4, 4), 500},
      {dragonfly_plus(3), 90},
      {torus({5, 4}), 20},
      {torus({3, 2, 6}, false), 30},
      {hyperx({4, 3}, 2), 21},
      {slim_fly(), 100},
      {aries, 384},
      {aries, 5704},
      {preset("ethernet-50g-big-basin"), 128}};
  std::vector<LinkId> path;
  std::vector<LinkId> again;
  for (const auto& [spec, nodes] : cases) {
    for (const NodeSpec& node :
         {one_device(), node_of_devices(4, 1), node_of_devices(4, 2), node_of_devices(2, 3)}) {
      const Network network = build_network(spec, nodes, node);
      const auto router = make_router(network, Routing::minimal);
      RandomStream random(3, {});
      const auto count = static_cast<std::uint64_t>(network.endpoints());
      for (int i = 0; i < 1000; ++i) {
        const auto src = static_cast<EndpointId>(random.below(count));
        const auto dst = static_cast<EndpointId>(random.below(count));
        const std::uint64_t key = random.below(5);
        router->route(src, dst, key, path);
        expect_path(network, src, dst, path);
        EXPECT_EQ(path.empty(), src == dst);
        router->route(src, dst, key, again);
        EXPECT_EQ(path, again);
      }
    }
  }
}

TEST(Route, IsShortestInTreesAndInsideNodes) {
  for (const NodeSpec& node : {one_device(), node_of_devices(2, 2)}) {
    for (const NetworkSpec& spec : {single_switch(), tree_of_places(4), tree_of_places(6, 2)}) {
      const Network network = build_network(spec, 14, node);
      const auto router = make_router(network, Routing::minimal);
      std::vector<LinkId> path;
      for (EndpointId src = 0; src < network.endpoints(); ++src) {
        const auto distance = distances(network, src, [](const Link&) { return true; });
        for (EndpointId dst = 0; dst < network.endpoints(); ++dst) {
          router->route(src, dst, 1, path);
          EXPECT_EQ(path.size(), distance[static_cast<std::size_t>(dst)]);
        }
      }
    }
  }
}

// Dragonfly routing is minimal in global links: none inside a group, one between groups. On each
// side of that link the way must be the shortest inside the group.
void expect_minimal_dragonfly(const Network& network) {
  const auto router = make_router(network, Routing::minimal);
  std::map<VertexId, std::vector<int>> local;
  for (std::int64_t i = 0; i < network.switches(); ++i) {
    const VertexId v = network.switch_vertex(i);
    local[v] = distances(network, v, [](const Link& link) {
      return link.cls == LinkClass::local || link.cls == LinkClass::local2;
    });
  }
  std::vector<LinkId> path;
  for (EndpointId src = 0; src < network.endpoints(); ++src) {
    for (EndpointId dst = 0; dst < network.endpoints(); ++dst) {
      if (src == dst) continue;
      router->route(src, dst, 0, path);
      int global = 0;
      int shortest = 2;  // the injection links
      VertexId at = network.link(path.front()).to;
      for (const LinkId id : path) {
        const Link link = network.link(id);
        if (link.cls != LinkClass::global) continue;
        ++global;
        shortest += local[at][static_cast<std::size_t>(link.from)] + 1;
        at = link.to;
      }
      shortest += local[at][static_cast<std::size_t>(network.link(path.back()).from)];
      EXPECT_EQ(global, network.group_of(src) == network.group_of(dst) ? 0 : 1);
      EXPECT_EQ(path.size(), shortest);
    }
  }
}

TEST(Route, IsMinimalInDragonflies) {
  expect_minimal_dragonfly(build_network(dragonfly(4, 2, 2), 72, one_device()));
  expect_minimal_dragonfly(build_network(dragonfly(4, 1, 3), 12, one_device()));
  NetworkSpec palm_tree = dragonfly(4, 2, 2);
  edit<DragonflySpec>(palm_tree,
                      [](DragonflySpec& spec) { spec.arrangement = GlobalArrangement::relative; });
  expect_minimal_dragonfly(build_network(palm_tree, 72, one_device()));
  NetworkSpec grid = dragonfly(4, 1, 2);
  edit<DragonflySpec>(grid, [](DragonflySpec& spec) {
    spec.chassis_per_group = 3;
    spec.local2 = spec.local;
  });
  expect_minimal_dragonfly(build_network(grid, 36, one_device()));
}

TEST(Route, TrafficInsideANodeNeverLeavesIt) {
  const Network network = build_network(single_switch(), 2, node_of_devices(4, 1));
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  router->route(1, 3, 0, path);
  EXPECT_EQ(path, (std::vector<LinkId>{network.device_link(1),
                                       Network::reverse(network.device_link(3))}));
  // Between nodes: device, NIC, NIC, device; all four devices share the one NIC.
  router->route(1, 6, 0, path);
  EXPECT_EQ(path, (std::vector<LinkId>{network.device_link(1), network.injection_link(0, 0),
                                       Network::reverse(network.injection_link(1, 0)),
                                       Network::reverse(network.device_link(6))}));
}

TEST(Route, DevicesShareTheNicsOfTheirNodeInBlocks) {
  const Network network = build_network(single_switch(), 2, node_of_devices(4, 2));
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  for (EndpointId device = 0; device < 4; ++device) {
    router->route(device, 4, 9, path);
    EXPECT_EQ(path[1], network.injection_link(0, device / 2));
  }
}

TEST(Route, ShiftsLoadEveryLinkOfAFullTreeOnce) {
  // D-mod-k: a shift permutation on a full-bisection tree puts at most one flow on each link.
  const Network network = build_network(fat_tree(8), 128, one_device());
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  for (const EndpointId shift : {1, 5, 16, 64, 127}) {
    for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{77}}) {
      std::map<LinkId, int> load;
      for (EndpointId src = 0; src < 128; ++src) {
        router->route(src, (src + shift) % 128, key, path);
        for (const LinkId id : path) EXPECT_EQ(++load[id], 1);
      }
    }
  }
}

TEST(Route, SpreadsOverTheGlobalLinksOfAPairOfGroups) {
  const Network network = build_network(preset("aries-piz-daint"), 5704, one_device());
  const auto router = make_router(network, Routing::minimal);
  std::map<LinkId, int> load;
  std::vector<LinkId> path;
  for (EndpointId src = 0; src < 384; ++src) {  // all pairs of groups 0 and 1
    for (EndpointId dst = 384; dst < 768; ++dst) {
      router->route(src, dst, 0, path);
      for (const LinkId id : path) {
        if (network.link(id).cls == LinkClass::global) ++load[id];
      }
    }
  }
  // 384 * 384 flows over 68 links: 2168 each, standard deviation 46; five of them are allowed.
  EXPECT_EQ(load.size(), 68U);
  for (const auto& [id, flows] : load) EXPECT_NEAR(flows, 2168, 230) << network.link_name(id);
}

}  // namespace
}  // namespace rehearse
