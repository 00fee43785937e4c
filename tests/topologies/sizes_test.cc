// What users may say of the regular topologies, and what is refused.
#include <gtest/gtest.h>

#include "networks.h"

namespace rehearse {
namespace {

NetworkSpec read(const std::string& rest) {
  return read_network_spec(JsonDocument::parse_text(R"({"injection_bandwidth": "10 GB/s",
      "injection_latency": "1 us", )" + rest + "}",
                                                    "n.json")
                               .root());
}

constexpr const char* kLink = R"(, "link_bandwidth": "7 GB/s", "link_latency": "50 ns")";
constexpr const char* kLocalAndGlobal =
    R"(, "local_bandwidth": "7 GB/s", "local_latency": "50 ns",
         "global_bandwidth": "5 GB/s", "global_latency": "90 ns")";

std::string title_of(const NetworkSpec& spec, std::int64_t nodes) {
  return build_network(spec, nodes, one_device()).shape().title();
}

TEST(Sizes, AreRead) {
  const NetworkSpec box = read(
      std::string(R"("topology": "torus", "dimensions": [4, 3], "nodes_per_switch": 2)") + kLink);
  EXPECT_EQ(title_of(box, 24), "Torus of 4 x 3 switches");
  EXPECT_EQ(box.topology->capacity(), 24);
  EXPECT_EQ(box.topology->name(), "torus");
  const NetworkSpec mesh = read(std::string(R"("topology": "mesh")") + kLink);
  EXPECT_EQ(title_of(mesh, 27), "Mesh of 3 x 3 x 3 switches");
  EXPECT_FALSE(mesh.topology->capacity().has_value());
  EXPECT_EQ(mesh.topology->name(), "mesh");
  const NetworkSpec hyper = read(
      std::string(
          R"("topology": "hyperx", "dimensions": [4], "nodes_per_switch": 3, "link_cables": 2)") +
      kLink);
  EXPECT_EQ(title_of(hyper, 12), "HyperX of 4 switches");
  EXPECT_EQ(hyper.topology->capacity(), 12);
  const NetworkSpec slim = read(std::string(R"("topology": "slim_fly", "q": 7)") + kLocalAndGlobal);
  EXPECT_EQ(slim.topology->capacity(), 98 * 6);  // degree 11
  const Network network = build_network(slim, 588, one_device());
  EXPECT_EQ(network.link(network.edge_link(0)).bandwidth, Bandwidth(7e9));
  EXPECT_EQ(network.link(network.links() - 1).bandwidth, Bandwidth(5e9));
  EXPECT_EQ(network.link(network.links() - 1).cls, LinkClass::global);
  const NetworkSpec plus = read(std::string(R"("topology": "dragonfly_plus", "leaves_per_group": 2,
      "spines_per_group": 3, "nodes_per_leaf": 4, "global_links_per_spine": 1, "groups": 3,
      "arrangement": "circulant")") +
                                kLocalAndGlobal);
  EXPECT_EQ(plus.topology->capacity(), 24);
  EXPECT_EQ(title_of(plus, 24), "Dragonfly+ of 3 groups of 2 leaves and 3 spines");
  const NetworkSpec fly = read(std::string(R"("topology": "dragonfly", "routers_per_group": 4,
      "nodes_per_router": 2, "global_links_per_router": 2, "arrangement": "relative")") +
                               kLocalAndGlobal);
  EXPECT_EQ(dynamic_cast<const DragonflySpec&>(*fly.topology).arrangement,
            GlobalArrangement::relative);
}

TEST(Sizes, ThatAreNoNetworkAreRefusedInOneLine) {
  const auto build = [](const NetworkSpec& spec, std::int64_t nodes) {
    return error_of([&] { build_network(spec, nodes, one_device()); });
  };
  EXPECT_EQ(build(torus({4, 4}), 17),
            "17 nodes do not fit the torus (it holds 16): use larger 'dimensions' or more "
            "'nodes_per_switch'");
  EXPECT_EQ(build(torus({}, false), 1), "a mesh has 1 to 6 dimensions, not 0");
  EXPECT_EQ(build(torus({2, 2, 2, 2, 2, 2, 2}), 1), "a torus has 1 to 6 dimensions, not 7");
  EXPECT_EQ(build(torus({2, 0}), 1),
            "a torus needs a positive number of switches in each dimension, not 0");
  EXPECT_EQ(build(hyperx({2, 2}, 0), 1),
            "a HyperX needs a positive number of nodes per switch, not 0");
  EXPECT_EQ(build(hyperx({2, 2}, 3), 13),
            "13 nodes do not fit the HyperX (it holds 12): use larger 'dimensions' or more "
            "'nodes_per_switch'");
  EXPECT_EQ(build(slim_fly(6), 1),
            "there is no Slim Fly of q = 6 (q is a prime power above 2): use 3, 4, 5, 7, 8, 9, 11, "
            "13, 16, 17, 19, …");
  EXPECT_EQ(build(slim_fly(3), 60),
            "60 nodes do not fit the Slim Fly (it holds 54): use a larger 'q' or more "
            "'nodes_per_switch'");
  EXPECT_EQ(
      build(dragonfly_plus(2), 21),
      "the global links of 6 groups do not fit (each group needs 5 and its spines have 4): "
      "use fewer nodes or groups, fewer 'global_links_per_pair' or more 'global_links_per_spine'");
  NetworkSpec apart = dragonfly_plus(2);
  edit<DragonflyPlusSpec>(apart, [](DragonflyPlusSpec& fly) { fly.global_links_per_pair = 0; });
  EXPECT_EQ(build(apart, 5),
            "the network is not connected (its 2 groups have no links between them): give it "
            "global links");
  edit<DragonflyPlusSpec>(apart, [](DragonflyPlusSpec& fly) { fly.groups = 1; });
  EXPECT_EQ(
      build(apart, 5),
      "5 nodes do not fit the Dragonfly+ (1 groups of 4 nodes): use fewer nodes or more groups");
}

TEST(Sizes, BeyondAllBoundsAreRefusedBeforeAllocating) {
  const std::string too_large =
      "the network is too large (more than 2000000 vertices or 20000000 links): use fewer nodes or "
      "smaller groups";
  const auto build = [](const NetworkSpec& spec) {
    return error_of([&] { build_network(spec, 10, one_device()); });
  };
  const std::int64_t most = kMostVertices;
  EXPECT_EQ(build(torus({most, most, most, most, most, most})), too_large);
  EXPECT_EQ(build(hyperx({most}, 1)), too_large);
  EXPECT_EQ(build(slim_fly(997)), too_large);
  EXPECT_EQ(build(dragonfly_plus(100'000)), too_large);
  NetworkSpec crowded = slim_fly();
  edit<SlimFlySpec>(crowded, [](SlimFlySpec& fly) { fly.nodes_per_switch = 1; });
  EXPECT_EQ(error_of([&] { build_network(crowded, 1'000'000, one_device()); }), too_large);
}

TEST(Sizes, KeysAreCheckedAsTheyAreRead) {
  EXPECT_NE(error_of([] {
              read(std::string(R"("topology": "dragonfly", "routers_per_group": 4,
                  "nodes_per_router": 2, "global_links_per_router": 2,
                  "arrangement": "absolut")") +
                   kLocalAndGlobal);
            }).find("did you mean 'absolute'?"),
            std::string::npos);
  EXPECT_NE(error_of([] {
              read(std::string(R"("topology": "torus", "dimensions": [4, 0])") + kLink);
            }).find("n.json: /dimensions/1"),
            std::string::npos);
  EXPECT_NE(error_of([] {
              read(std::string(R"("topology": "slim_fly", "q": 2)") + kLocalAndGlobal);
            }).find("n.json: /q"),
            std::string::npos);
  EXPECT_EQ(error_of([] { read(R"("topology": "hyperx", "nodes_per_switch": 1)"); }),
            "n.json: /dimensions: this key is missing (it is required): add it");
}

}  // namespace
}  // namespace rehearse
