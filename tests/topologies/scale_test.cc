#include <gtest/gtest.h>

#include <ctime>

#include "networks.h"
#include "topologies/graph/facts.h"

namespace rehearse {
namespace {

// Of this process's cores: what else the machine does costs nothing.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC;
  }

 private:
  std::clock_t start_ = std::clock();
};

constexpr std::int64_t kNodes = 131072;
constexpr double kMostSeconds = 1.5;

TEST(Scale, LargeFatTreeBuildsQuickly) {
  const Stopwatch watch;
  const Network network = build_network(fat_tree(128), kNodes, one_device());
  EXPECT_LT(watch.seconds(), kMostSeconds);
  EXPECT_EQ(network.endpoints(), kNodes);
  // Injection, leaf and middle level each carry every node once, in two directions.
  EXPECT_EQ(network.links(), 3 * 2 * kNodes);
  EXPECT_DOUBLE_EQ(bisection_bandwidth(network).value(), static_cast<double>(kNodes / 2) * 10e9);
}

TEST(Scale, LargeDragonflyBuildsQuickly) {
  const Stopwatch watch;
  const Network network = build_network(dragonfly(32, 16, 16), kNodes, one_device());
  EXPECT_LT(watch.seconds(), kMostSeconds);
  EXPECT_EQ(network.groups(), 256);
  const auto router = make_router(network, Routing::minimal);
  std::vector<LinkId> path;
  router->route(0, static_cast<EndpointId>(kNodes - 1), 0, path);
  EXPECT_LE(path.size(), 5U);
}

}  // namespace
}  // namespace rehearse
