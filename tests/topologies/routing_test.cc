// The rules by which flows choose among paths.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "networks.h"

namespace rehearse {
namespace {

class Loads : public LinkLoads {
 public:
  [[nodiscard]] double flows(LinkId link) const override {
    const auto found = count.find(link);
    return found == count.end() ? 0 : found->second;
  }
  std::map<LinkId, double> count;
};

using Path = std::vector<LinkId>;

Path route(const Router& router, EndpointId src, EndpointId dst, std::uint64_t key = 0) {
  Path path;
  router.route(src, dst, key, path);
  return path;
}

Path route(const Router& router, EndpointId src, EndpointId dst, const Loads& loads) {
  Path path;
  router.route_under_load(src, dst, 0, loads, path);
  return path;
}

int global_links(const Network& network, const Path& path) {
  int count = 0;
  for (const LinkId id : path) count += network.link(id).cls == LinkClass::global ? 1 : 0;
  return count;
}

TEST(Routing, EveryRuleGivesPathsWithoutLoopsThatItRepeats) {
  RandomStream random(8, {});
  for (const Routing routing :
       {Routing::minimal, Routing::ecmp, Routing::valiant, Routing::ugal, Routing::adaptive}) {
    for (const auto& [spec, nodes] :
         std::vector<std::pair<NetworkSpec, std::int64_t>>{{single_switch(), 7},
                                                           {tree_of_places(8), 100},
                                                           {dragonfly(4, 2, 2), 72},
                                                           {dragonfly(4, 2, 2), 16},
                                                           {preset("aries-piz-daint"), 1000}}) {
      const Network network = build_network(spec, nodes, node_of_devices(2, 3));
      const auto router = make_router(network, routing);
      Loads loads;
      for (int i = 0; i < 300; ++i) {
        const auto count = static_cast<std::uint64_t>(network.endpoints());
        const auto src = static_cast<EndpointId>(random.below(count));
        const auto dst = static_cast<EndpointId>(random.below(count));
        Path path;
        Path again;
        router->route_under_load(src, dst, random.below(9), loads, path);
        router->route(src, dst, 3, again);
        for (const Path& one : {path, again}) {
          std::set<VertexId> met{src};
          VertexId at = src;
          for (const LinkId id : one) {
            ASSERT_EQ(network.link(id).from, at);
            at = network.link(id).to;
            ASSERT_TRUE(met.insert(at).second) << to_text(routing) << " meets a vertex twice";
          }
          ASSERT_EQ(at, dst);
        }
        EXPECT_EQ(again, route(*router, src, dst, 3));
        for (const LinkId id : path) ++loads.count[id];
      }
    }
  }
}

TEST(Routing, OnlyTreesHaveDModK) {
  const auto read = [](const std::string& topology) {
    return error_of([&] {
      read_network_spec(
          JsonDocument::parse_text(R"({"routing": "d_mod_k", "injection_bandwidth": "1 GB/s",
              "injection_latency": "1 us", "topology": )" +
                                       topology + "}",
                                   "n.json")
              .root());
    });
  };
  EXPECT_EQ(read(R"("fat_tree", "ports": 4, "link_bandwidth": "1 GB/s", "link_latency": "1 us")"),
            "accepted");
  EXPECT_EQ(read(R"("single_switch")"),
            "n.json: /routing: routing 'd_mod_k' works on fat-trees only (this is a "
            "single_switch): use 'minimal'");
}

TEST(Routing, ShiftsCollideUnderEcmpAndNotUnderDModK) {
  // Shift by 64 on 128 nodes: every flow crosses the top, four from each of the 32 leaves of four
  // up ports. D-mod-k uses all 128 ports. Four hashed choices of four fill
  // 4 (1 - (3/4)^4) = 2.734 of them in the mean, variance 0.414 per leaf: 87.5 +- 3.6 in all.
  const Network network = build_network(fat_tree(8), 128, one_device());
  const auto first_ports = [&](Routing routing) {
    const auto router = make_router(network, routing);
    std::set<LinkId> used;
    for (EndpointId src = 0; src < 128; ++src) {
      used.insert(route(*router, src, (src + 64) % 128).at(1));
    }
    return static_cast<double>(used.size());
  };
  EXPECT_EQ(first_ports(Routing::d_mod_k), 128);
  EXPECT_NEAR(first_ports(Routing::ecmp), 87.5, 3 * 3.6);
}

TEST(Routing, EcmpKeepsAConnectionToOnePathAndValiantDoesNot) {
  const Network network = build_network(dragonfly(4, 2, 2), 72, one_device());
  EXPECT_FALSE(make_router(network, Routing::ecmp)->routes_each_message());
  const auto valiant = make_router(network, Routing::valiant);
  EXPECT_TRUE(valiant->routes_each_message());
  std::set<std::int64_t> groups;
  for (std::uint64_t key = 0; key < 64; ++key) {
    const Path path = route(*valiant, 0, 8, key);
    ASSERT_EQ(global_links(network, path), 2);
    for (const LinkId id : path) {
      if (network.link(id).cls != LinkClass::global) continue;
      groups.insert(network.shape().group_of(network.link(id).to - network.first_switch()));
      break;
    }
  }
  EXPECT_EQ(groups.size(), 7U);  // all but those of the ends
}

TEST(Routing, UgalTakesTheDetourWhenTheShortestRouteIsLoaded) {
  const Network network = build_network(dragonfly(4, 2, 2), 72, one_device());
  const auto ugal = make_router(network, Routing::ugal);
  const Path idle = route(*make_router(network, Routing::minimal), 0, 8);
  ASSERT_EQ(global_links(network, idle), 1);
  Loads loads;
  EXPECT_EQ(route(*ugal, 0, 8), idle);
  EXPECT_EQ(route(*ugal, 0, 8, loads), idle);
  // Global links carry 4 GB/s, injection links 10 GB/s. One more flow on the shortest route: 2/4
  // against 1/4 and a factor of at most (6/2)^(1/8) = 1.15.
  for (const LinkId id : idle) {
    if (network.link(id).cls == LinkClass::global) loads.count[id] = 1;
  }
  EXPECT_EQ(global_links(network, route(*ugal, 0, 8, loads)), 2);
  // Where the ends are the bottleneck a detour gains nothing: (6 + 1)/10 > 2/4.
  loads.count[idle.front()] = 6;
  EXPECT_EQ(route(*ugal, 0, 8, loads), idle);
}

TEST(Routing, UgalComparesLoadTimesHops) {
  // Ten flows on every other global link, n on the shortest route: the detour costs 11/4 times the
  // eighth root of the ratio of hops, between (3/2)^(1/8) = 1.052 (11.6) and (6/1)^(1/8) = 1.251
  // (13.8). So it is not taken at n + 1 = 11 and is at 14.
  const Network network = build_network(dragonfly(4, 2, 2), 72, one_device());
  const auto ugal = make_router(network, Routing::ugal);
  for (EndpointId dst = 8; dst < 72; ++dst) {
    const Path idle = route(*ugal, 0, dst);
    for (const int n : {10, 13}) {
      Loads loads;
      for (LinkId id = 0; id < network.links(); ++id) {
        if (network.link(id).cls == LinkClass::global) loads.count[id] = 10;
      }
      for (const LinkId id : idle) {
        if (network.link(id).cls == LinkClass::global) loads.count[id] = n;
      }
      EXPECT_EQ(global_links(network, route(*ugal, 0, dst, loads)), n == 10 ? 1 : 2);
    }
  }
}

TEST(Routing, AdaptiveTakesTheLeastLoadedOfTheShortestRoutes) {
  const Network network = build_network(fat_tree(8), 128, one_device());
  const auto adaptive = make_router(network, Routing::adaptive);
  const Path idle = route(*make_router(network, Routing::d_mod_k), 0, 127);
  Loads loads;
  EXPECT_EQ(route(*adaptive, 0, 127, loads), idle);
  for (const LinkId id : {idle[1], idle[2], idle[3], idle[4]}) loads.count[id] = 2;
  const Path other = route(*adaptive, 0, 127, loads);
  EXPECT_EQ(other.size(), idle.size());
  for (std::size_t i = 1; i + 1 < other.size(); ++i) EXPECT_EQ(loads.flows(other[i]), 0);
}

}  // namespace
}  // namespace rehearse
