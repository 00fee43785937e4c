// Other jobs' traffic: by hand where it is steady, by its properties where it is drawn.
#include "sim/network/background.h"

#include <gtest/gtest.h>

#include "forked.h"
#include "runtime/collectives/collectives.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/fat_tree.h"
#include "topologies/shapes/single_switch.h"

namespace rehearse {
namespace {

using enum Background::Pattern;

constexpr double kBandwidth = 1e9;
constexpr auto kBoth = {Fidelity::flow, Fidelity::message};

struct Job {
  std::vector<std::int64_t> down, up;  // of the tree; empty: one switch of 16 nodes
  std::vector<EndpointId> workers;
  Algorithm algorithm = Algorithm::recursive_doubling;
  std::int64_t bytes = 300'000'000;
};

// A tree of two leaves with two nodes each and one link up: the job has one node of each, and so
// has the other one. Its all-reduce is one exchange through both links up.
Job across() { return {{2, 2}, {1}, {0, 2}}; }

double seconds(const Job& job, Fidelity fidelity, const Background& background,
               std::uint64_t seed = 1) {
  const auto numbers = forked([&] {
    NetworkSpec spec;
    spec.injection = {Bandwidth(kBandwidth), Duration(0)};
    std::int64_t nodes = 16;
    spec.topology = std::make_shared<SingleSwitchSpec>();
    if (!job.down.empty()) {
      FatTreeSpec tree;
      tree.down = job.down;
      tree.up = job.up;
      tree.link = {spec.injection};
      spec.topology = std::make_shared<FatTreeSpec>(tree);
      nodes = 1;
      for (const std::int64_t down : tree.down) nodes *= down;
    }
    const Network network = build_network(spec, nodes, NodeSpec{});
    const auto router = make_router(network, Routing::minimal);
    SimulationOptions options;
    options.network = &network;
    options.router = router.get();
    options.workers = job.workers;
    options.noise.seed = seed;
    options.noise.runs = options.noise.steps_per_run = 1;
    options.fidelity = fidelity;
    options.background = background;
    const auto ranks = static_cast<int>(job.workers.size());
    const auto summary = simulate(options, [&](World& world, const StepObserver&) {
      world.transport().execute(*world.transport().world(),
                                *make_all_reduce(job.algorithm, ranks, job.bytes / 4),
                                {nullptr, job.bytes / 4});
    });
    return std::vector<double>{summary.end};
  });
  return numbers.empty() ? 0 : numbers[0];
}

TEST(Background, TakesItsShareOfALink) {
  for (const auto fidelity : kBoth) {
    for (const auto pattern : {uniform, all_to_all}) {
      // 300 MB at 1 GB/s; at the 0.75 GB/s that a quarter leaves; three quarters are more than the
      // fair half of the link, which leaves 0.5 GB/s.
      EXPECT_NEAR(seconds(across(), fidelity, {pattern, 0}), 0.3, 1e-9);
      EXPECT_NEAR(seconds(across(), fidelity, {pattern, 0.25}), 0.4, 1e-6);
      EXPECT_NEAR(seconds(across(), fidelity, {pattern, 0.75}), 0.6, 1e-6);
    }
  }
}

TEST(Background, BurstsTakeTheirShareOnAverage) {
  // Bursts of T at the full rate and pauses of 3 T are a quarter. The job halves the rate of a
  // burst, which then takes 2 T: of 5 T the job has T + 3 T, and 24 GB take 30 s, about 300 bursts.
  Job job = across();
  job.bytes = 24'000'000'000;
  for (const auto fidelity : kBoth) {
    EXPECT_NEAR(seconds(job, fidelity, {bursty, 0.25}), 30, 0.1 * 30);
  }
}

TEST(Background, OnOneSwitchItIsInNobodysWay) {
  const Job job{{}, {}, {0, 3, 5, 9}};
  const double alone = seconds(job, Fidelity::flow, {});
  for (const auto pattern : {uniform, bursty, all_to_all}) {
    EXPECT_DOUBLE_EQ(seconds(job, Fidelity::flow, {pattern, 0.9}), alone);
  }
}

TEST(Background, AJobAloneIsNeverSlower) {
  // Every fourth node of a tree of three levels, thinned 2:1 twice.
  Job job{{4, 4, 2}, {2, 2}, {}};
  for (EndpointId node = 0; node < 32; node += 4) job.workers.push_back(node);
  for (const auto algorithm : {Algorithm::ring, Algorithm::rabenseifner}) {
    job.algorithm = algorithm;
    for (const auto fidelity : kBoth) {
      const double alone = seconds(job, fidelity, {});
      for (const auto pattern : {uniform, bursty, all_to_all}) {
        double slowest = 0;
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
          const double beside = seconds(job, fidelity, {pattern, 0.6}, seed);
          EXPECT_GE(beside, alone * (1 - 1e-9)) << "seed " << seed;
          slowest = std::max(slowest, beside);
        }
        EXPECT_GT(slowest, 1.02 * alone);
      }
    }
  }
}

TEST(Background, EqualSeedsEqualTraffic) {
  Job job{{4, 4}, {1}, {0, 4, 8, 12}};
  for (const auto fidelity : kBoth) {
    for (const auto pattern : {uniform, bursty}) {
      const double one = seconds(job, fidelity, {pattern, 0.5}, 1);
      EXPECT_DOUBLE_EQ(seconds(job, fidelity, {pattern, 0.5}, 1), one);
      bool other = false;
      for (std::uint64_t seed = 2; seed < 6; ++seed) {
        other = other || seconds(job, fidelity, {pattern, 0.5}, seed) != one;
      }
      EXPECT_TRUE(other);
    }
  }
}

TEST(Background, TheFidelitiesAgree) {
  Job job{{4, 4}, {2}, {0, 4, 8, 12}};
  for (const auto pattern : {uniform, bursty, all_to_all}) {
    EXPECT_NEAR(seconds(job, Fidelity::message, {pattern, 0.5}) /
                    seconds(job, Fidelity::flow, {pattern, 0.5}),
                1, 0.001);
  }
}

TEST(Background, LivesOnWhatTheJobDoesNotUse) {
  NetworkSpec spec;
  spec.injection = {Bandwidth(kBandwidth), Duration(0)};
  spec.topology = std::make_shared<SingleSwitchSpec>();
  const Network network = build_network(spec, 5, {2, 1, {Bandwidth(kBandwidth), Duration(0)}});
  using Devices = std::vector<EndpointId>;
  // Devices 2 n and 2 n + 1 are of node n.
  EXPECT_EQ(background_devices(network, {0, 1, 5}, {uniform, 0.5}), (Devices{2, 6, 8}));
  EXPECT_EQ(background_devices(network, {0, 1, 5}, {uniform, 0}), Devices{});
  EXPECT_EQ(background_devices(network, {0, 2, 4, 6}, {uniform, 0.5}), Devices{});
}

}  // namespace
}  // namespace rehearse
