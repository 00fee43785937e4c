// A ring of neighbours wants neighbours: on hierarchical networks under minimal routing no
// placement loads the busiest link less than the contiguous one.
#include "base/random.h"
#include "networks.h"
#include "topologies/placement/placement.h"
#include "topologies/routing/traffic.h"

namespace rehearse {
namespace {

constexpr double kMessage = 1e6;  // bytes

// The time that a round of the ring needs at least.
Duration round_time(const Network& network, const Router& router, const Placement& placement,
                    std::int64_t workers, std::uint64_t seed) {
  const std::vector<EndpointId> placed = place(network, placement, workers, seed);
  std::vector<TrafficFlow> flows;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    flows.push_back({placed[i], placed[(i + 1) % placed.size()], kMessage});
  }
  return route_traffic(network, router, flows).bottleneck;
}

struct Tally {
  int cases = 0;
  int better = 0;  // where contiguous is strictly faster
};

// Random nodes, and the free nodes of a busy machine, against contiguous ones.
Tally compare(const std::string& name, std::int64_t nodes, std::int64_t most_nodes_of_job) {
  const NetworkSpec spec = preset(name);
  const NodeSpec node = spec.node.value_or(NodeSpec{});
  const Network network = build_network(spec, nodes, node);
  const auto router = make_router(network, Routing::minimal);
  const Duration injection = Bytes(kMessage) / spec.injection.bandwidth;
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    RandomStream random(seed, {});
    const auto job = static_cast<std::int64_t>(
        2 + random.below(static_cast<std::uint64_t>(most_nodes_of_job - 1)));
    const std::int64_t workers = job * node.devices;
    const Duration contiguous = round_time(network, *router, {}, workers, seed);
    EXPECT_GE(contiguous, injection) << "a ring of several nodes leaves them";
    Placement linear{Placement::Kind::linear, {}};
    linear.free = 0.5;
    for (const Placement& other : {Placement{Placement::Kind::random, {}}, linear}) {
      const Duration time = round_time(network, *router, other, workers, seed);
      EXPECT_LE(contiguous.value(), time.value() * (1 + 1e-12)) << name << ", seed " << seed;
      ++tally.cases;
      if (contiguous.value() < time.value() * (1 - 1e-9)) ++tally.better;
    }
  }
  return tally;
}

TEST(RingPlacement, ContiguousIsNeverSlower) {
  for (const char* name :
       {"aries-cori", "aries-piz-daint", "slingshot-perlmutter", "slingshot-frontier",
        "slingshot-lumi", "infiniband-edr-summit", "infiniband-hdr-selene", "infiniband-ndr-eos",
        "ethernet-25g-leaf-spine"}) {
    SCOPED_TRACE(name);
    compare(name, 1000, 400);
  }
}

TEST(RingPlacement, ContiguousIsFasterOnDragonflies) {
  // Half of the cases are random placements; most of these share global links.
  for (const char* name : {"aries-piz-daint", "slingshot-frontier"}) {
    const Tally tally = compare(name, 2000, 400);
    EXPECT_EQ(tally.cases, 24) << name;
    EXPECT_GE(tally.better, 9) << name;
  }
}

}  // namespace
}  // namespace rehearse
