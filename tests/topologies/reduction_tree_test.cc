// Trees of least depth, against a search from every switch.
#include "topologies/routing/reduction_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "networks.h"

namespace rehearse {
namespace {

// Adders of 100 ns in every switch.
Network reducing(NetworkSpec spec, std::int64_t nodes, const NodeSpec& node = one_device()) {
  spec.reduction = {Bandwidth(10e9), Duration(1e-7)};
  return build_network(spec, nodes, node);
}

std::vector<EndpointId> every(std::int64_t step, const Network& network) {
  std::vector<EndpointId> devices;
  for (std::int64_t d = 0; d < network.endpoints(); d += step) {
    devices.push_back(static_cast<EndpointId>(d));
  }
  return devices;
}

// Hops between switches from `from` to the farthest of the devices' first NICs.
int depth_from(const Network& network, std::int64_t from, const std::vector<EndpointId>& devices) {
  std::map<std::int64_t, int> hops{{from, 0}};
  std::vector<std::int64_t> queue{from};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const LinkId id : network.links_from(network.switch_vertex(queue[i]))) {
      const std::int64_t to = network.link(id).to - network.first_switch();
      if (to < 0 || !network.works(id) || !hops.emplace(to, hops[queue[i]] + 1).second) continue;
      queue.push_back(to);
    }
  }
  int farthest = 0;
  for (const EndpointId device : devices) {
    const NodeId node = network.node_of(device);
    farthest = std::max(farthest, hops.at(network.leaf_of(node, network.working_nic(node, 0))));
  }
  return farthest;
}

// Every device and switch has one way up, which ends at the root; returns the longest, in switches.
int checked_depth(const Network& network, const ReductionTree& tree,
                  const std::vector<EndpointId>& devices) {
  std::map<VertexId, LinkId> up;
  for (const LinkId id : tree.up) {
    EXPECT_TRUE(network.works(id));
    EXPECT_TRUE(up.emplace(network.link(id).from, id).second) << network.link_name(id);
  }
  std::set<VertexId> passed;
  std::int64_t hops = 0;
  int deepest = 0;
  for (const EndpointId device : devices) {
    VertexId at = device;
    int switches = 0;
    for (; up.contains(at); at = network.link(up[at]).to) {
      ++hops;
      if (at < network.first_switch()) continue;
      passed.insert(at);
      ++switches;
    }
    passed.insert(at);
    EXPECT_EQ(at, network.switch_vertex(tree.root));
    deepest = std::max(deepest, switches);
  }
  EXPECT_EQ(hops, tree.hops);
  EXPECT_EQ(passed.size(), tree.switches.size());
  for (const std::int64_t index : tree.switches) {
    EXPECT_TRUE(passed.contains(network.switch_vertex(index)));
  }
  return deepest;
}

void expect_least_depth(const Network& network, const std::vector<EndpointId>& devices) {
  int least = 1000;
  for (std::int64_t s = 0; s < network.switches(); ++s) {
    if (network.switch_works(s)) least = std::min(least, depth_from(network, s, devices));
  }
  for (const double choice : {0.0, 0.4, 0.99}) {
    EXPECT_EQ(checked_depth(network, reduction_tree(network, devices, choice), devices), least);
  }
}

TEST(ReductionTree, IsOfLeastDepth) {
  for (const NetworkSpec& spec :
       {single_switch(), fat_tree(4), fat_tree(8), torus({4, 5, 3}), torus({9, 7}, false),
        hyperx({4, 4}, 3), slim_fly(5), dragonfly(4, 2, 2), dragonfly_plus(2)}) {
    const Network network = reducing(spec, 16);
    SCOPED_TRACE(network.shape().title());
    for (const std::int64_t step : {1, 3, 5, 15}) expect_least_depth(network, every(step, network));
  }
}

TEST(ReductionTree, LeadsAroundFailures) {
  NetworkSpec spec = fat_tree(8);
  spec.failed.emplace();
  spec.failed->link_fraction = 0.2;
  const Network network = reducing(spec, 128);
  for (const std::int64_t step : {1, 7}) expect_least_depth(network, every(step, network));
}

// Tree of 4-port switches and 3 levels, links of 100 ns, adders of 100 ns. Nodes 0 and 1 hang on a
// leaf; 0 and 2 meet one level higher, 0 and 4 at the top.
TEST(ReductionTree, HasTheLatencyOfItsWays) {
  const Network network = reducing(fat_tree(4), 16);
  for (const auto& [other, levels] : {std::pair{1, 1}, std::pair{2, 2}, std::pair{4, 3}}) {
    const ReductionTree tree = reduction_tree(network, std::vector<EndpointId>{0, other}, 0);
    EXPECT_NEAR(tree.up_latency.value(), levels * 2e-7, 1e-15);
    EXPECT_NEAR(tree.down_latency.value(), levels * 1e-7, 1e-15);
    EXPECT_EQ(tree.up.size(), static_cast<std::size_t>(2 * levels));
    EXPECT_EQ(tree.switches.size(), static_cast<std::size_t>(2 * levels - 1));
  }
}

TEST(ReductionTree, ChoicesFarApartHaveOtherRoots) {
  // Two levels of 8 ports: 4 spines.
  const Network network = reducing(fat_tree(8, 2), 32);
  std::set<std::int64_t> roots;
  std::set<LinkId> links;
  for (const double choice : {0.0, 0.25, 0.5, 0.75}) {
    const ReductionTree tree = reduction_tree(network, every(4, network), choice);
    roots.insert(tree.root);
    for (const LinkId id : tree.up) {
      const bool fresh = links.insert(id).second;
      EXPECT_TRUE(fresh || network.link(id).cls == LinkClass::injection);
    }
  }
  EXPECT_EQ(roots.size(), 4U);
}

// The devices of a node have a NIC each, on leaves of their own.
TEST(ReductionTree, StaysOnItsRail) {
  const Network network = reducing(preset("infiniband-hdr-selene"), 20, node_of_devices(8, 8));
  for (int place = 0; place < 8; ++place) {
    std::vector<EndpointId> devices;
    for (int node = 0; node < 20; ++node) devices.push_back(8 * node + place);
    const ReductionTree tree = reduction_tree(network, devices, place / 8.0);
    EXPECT_EQ(tree.switches, (std::vector<std::int64_t>{network.leaf_of(0, place)}));
    EXPECT_EQ(tree.up.size(), 40U);  // from each device to its hub and on
  }
}

}  // namespace
}  // namespace rehearse
