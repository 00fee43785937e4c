// The platform files that we write, read back by SimGrid.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <simgrid/s4u.hpp>

#include "base/error.h"
#include "base/random.h"
#include "tests/sim/forked.h"
#include "topologies/files/export.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/dragonfly.h"
#include "topologies/shapes/fat_tree.h"

namespace rehearse {
namespace {

namespace s4u = simgrid::s4u;

NetworkSpec with_injection(std::shared_ptr<const TopologySpec> topology) {
  NetworkSpec spec;
  spec.injection = {Bandwidth(12.5e9), Duration(3e-7)};
  spec.topology = std::move(topology);
  return spec;
}

Network tree() {
  FatTreeSpec spec;
  spec.ports = 4;
  spec.levels = 3;
  spec.link = {{Bandwidth(9e9), Duration(1.1e-7)}};
  return build_network(with_injection(std::make_shared<FatTreeSpec>(spec)), 16, {});
}

Network fly() {
  DragonflySpec spec;
  spec.chassis_per_group = 2;
  spec.routers_per_chassis = 3;
  spec.nodes_per_router = 2;
  spec.global_links_per_router = 2;
  spec.local2_cables = 3;
  spec.local = {Bandwidth(5.25e9), Duration(1e-7)};
  spec.local2 = {Bandwidth(3.1e9), Duration(1.3e-7)};
  spec.global = {Bandwidth(4.7e9), Duration(2.2e-7)};
  return build_network(with_injection(std::make_shared<DragonflySpec>(spec)), 60, {});
}

Network nodes_of_four_devices() {
  const NodeSpec node{4, 2, {Bandwidth(40e9), Duration(1e-6)}};
  return build_network(with_injection(std::make_shared<SingleSwitchSpec>()), 5, node);
}

struct PlatformFile {
  explicit PlatformFile(const std::string& xml)
      : path(testing::TempDir() + "platform" + std::to_string(getpid()) + ".xml") {
    std::ofstream(path) << xml;
  }
  PlatformFile(const PlatformFile&) = delete;
  PlatformFile& operator=(const PlatformFile&) = delete;
  ~PlatformFile() { std::remove(path.c_str()); }

  std::string path;
};

constexpr int kPairs = 100;

struct Pairs {
  explicit Pairs(const Network& network) : random(7, {}), count(network.endpoints()) {}

  std::pair<EndpointId, EndpointId> next() {
    const std::uint64_t src = random.below(static_cast<std::uint64_t>(count));
    const std::uint64_t step = 1 + random.below(static_cast<std::uint64_t>(count - 1));
    const std::uint64_t dst = (src + step) % static_cast<std::uint64_t>(count);
    return {static_cast<EndpointId>(src), static_cast<EndpointId>(dst)};
  }

  RandomStream random;
  std::int64_t count;
};

// Of each pair: the latency of its route, its narrowest bandwidth and its number of links.
std::vector<double> ours(const Network& network) {
  const auto router = make_router(network, Routing::minimal);
  std::vector<double> numbers;
  std::vector<LinkId> path;
  Pairs pairs(network);
  for (int i = 0; i < kPairs; ++i) {
    const auto [src, dst] = pairs.next();
    router->route(src, dst, 0, path);
    double latency = 0;
    double narrowest = std::numeric_limits<double>::infinity();
    for (const LinkId id : path) {
      latency += network.link(id).latency.value();
      narrowest = std::min(narrowest, network.link(id).bandwidth.value());
    }
    numbers.insert(numbers.end(), {latency, narrowest, static_cast<double>(path.size())});
  }
  return numbers;
}

std::string host(const Network& network, EndpointId device) {
  std::string name = network.vertex_name(device);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::vector<double> theirs(const Network& network, const std::string& file) {
  return forked([&] {
    std::string words[] = {"test", "--log=root.thres:error"};
    int argc = 2;
    char* argv[] = {words[0].data(), words[1].data(), nullptr};
    s4u::Engine engine(&argc, argv);
    engine.load_platform(file);
    std::vector<double> numbers;
    Pairs pairs(network);
    for (int i = 0; i < kPairs; ++i) {
      const auto [src, dst] = pairs.next();
      std::vector<s4u::Link*> links;
      double latency = 0;
      engine.host_by_name(host(network, src))
          ->route_to(engine.host_by_name(host(network, dst)), links, &latency);
      double narrowest = std::numeric_limits<double>::infinity();
      for (const s4u::Link* link : links) narrowest = std::min(narrowest, link->get_bandwidth());
      numbers.insert(numbers.end(), {latency, narrowest, static_cast<double>(links.size())});
    }
    return numbers;
  });
}

void expect_same_routes(const Network& network) {
  const PlatformFile file(to_simgrid_xml(network, *make_router(network, Routing::minimal)));
  const std::vector<double> expected = ours(network);
  const std::vector<double> found = theirs(network, file.path);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(found[i], expected[i]);
}

TEST(PlatformFile, KeepsTheRoutesOfAFatTree) { expect_same_routes(tree()); }
TEST(PlatformFile, KeepsTheRoutesOfADragonfly) { expect_same_routes(fly()); }
TEST(PlatformFile, KeepsTheInsideOfNodes) { expect_same_routes(nodes_of_four_devices()); }

// Both directions of a full-duplex link at once: two messages of 12.5 GB over two NICs of 12.5 GB/s
// take 1 s and the latency of two links if the directions do not share, 2 s if they do.
TEST(PlatformFile, DirectionsDoNotShare) {
  const Network network =
      build_network(with_injection(std::make_shared<SingleSwitchSpec>()), 2, {});
  const PlatformFile file(to_simgrid_xml(network, *make_router(network, Routing::minimal)));
  const std::vector<double> seconds = forked([&] {
    std::string words[] = {"test", "--log=root.thres:error"};
    int argc = 2;
    char* argv[] = {words[0].data(), words[1].data(), nullptr};
    s4u::Engine engine(&argc, argv);
    engine.load_platform(file.path);
    for (const int from : {0, 1}) {
      s4u::Host* src = engine.host_by_name("node-" + std::to_string(from));
      s4u::Host* dst = engine.host_by_name("node-" + std::to_string(1 - from));
      const auto box = s4u::Mailbox::by_name("to" + std::to_string(1 - from));
      s4u::Actor::create("sender", src, [box] {
        double word = 0;
        box->put(&word, 12'500'000'000);
      });
      s4u::Actor::create("receiver", dst, [box] { box->get<double>(); });
    }
    engine.run();
    return std::vector<double>{s4u::Engine::get_clock()};
  });
  ASSERT_EQ(seconds.size(), 1U);
  EXPECT_NEAR(seconds[0], 1 + 6e-7, 1e-9);
}

TEST(PlatformFile, RefusesWhatGrowsWithTheSquare) {
  const Network network =
      build_network(with_injection(std::make_shared<SingleSwitchSpec>()), 513, {});
  try {
    to_simgrid_xml(network, *make_router(network, Routing::minimal));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "a SimGrid platform of 513 devices would be too large (it lists the route of "
                 "every pair): export at most 512 devices, with --nodes");
  }
}

}  // namespace
}  // namespace rehearse
