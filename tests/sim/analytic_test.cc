// One rank stands for all: what it computes about the others meets what simulating them gives.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/normal_quantile.h"
#include "base/stats.h"
#include "one_switch.h"
#include "runtime/strategies/sync_sgd.h"
#include "sim/noise/slowest_rank_noise.h"
#include "topologies/routing/traffic.h"
#include "topologies/shapes/dragonfly.h"

namespace rehearse {
namespace {

TEST(LargestNormal, HasThePowerOfTheDistribution) {
  // P(max of n <= x) = Phi(x)^n.
  for (const double u : {0.001, 0.1, 0.5, 0.9, 0.999}) {
    for (const double count : {1.0, 2.0, 10.0, 512.0, 131072.0}) {
      const double x = largest_normal(normal_quantile(u), count);
      EXPECT_NEAR(count * std::log(normal_below(x)), std::log(u), 1e-9 * count + 1e-9);
    }
  }
}

TEST(LargestNormal, HasTheTabulatedMeans) {
  // Expected values of the largest of n standard normal variables: Harter, Biometrika 48 (1961).
  for (const auto& [count, expected] : {std::pair{2, 0.56419}, std::pair{10, 1.53875},
                                        std::pair{100, 2.50759}, std::pair{400, 2.96818}}) {
    std::vector<double> values;
    constexpr int kStrata = 4000;
    for (int i = 0; i < kStrata; ++i) {
      values.push_back(largest_normal(normal_quantile((i + 0.5) / kStrata), count));
    }
    EXPECT_NEAR(mean(values), expected, 5e-4) << count;
  }
}

TEST(SlowestRankNoise, NoneByDefault) {
  const SlowestRankNoise none(NoiseOptions{}, 64, 16);
  EXPECT_EQ(none.compute(0, 3), 1);
  EXPECT_EQ(none.mean_share(3), 1);
  EXPECT_EQ(none.slowest_stream(64, 3), 1);
}

TEST(SlowestRankNoise, OneRankIsItsOwnMean) {
  NoiseOptions options;
  options.compute_cv = 0.05;
  options.device_cv = 0.02;
  const SlowestRankNoise noise(options, 1, 1);
  std::vector<double> factors;
  for (int step = 0; step < options.steps(); ++step) {
    EXPECT_DOUBLE_EQ(noise.mean_share(step), 1);
    factors.push_back(noise.compute(0, step));
  }
  EXPECT_NEAR(mean(factors), 1, 0.002);
  EXPECT_NEAR(standard_deviation(factors), std::hypot(0.05, 0.02), 0.005);
}

// The same as the mean over many draws of all ranks.
TEST(SlowestRankNoise, IsTheSlowestOfTheRanksThatNoiseModelDraws) {
  for (const int ranks : {2, 16, 256}) {
    NoiseOptions options;
    options.runs = 40;
    options.compute_cv = 0.04;
    options.device_cv = 0.03;
    options.stream_rate_spread = 0.3;
    const NoiseModel drawn(options);
    const SlowestRankNoise folded(options, ranks, ranks);
    std::vector<double> slowest, all, frontier, averages, streams, slowest_streams;
    for (int step = 0; step < options.steps(); ++step) {
      double longest = 0;
      double stream = 1e9;
      for (int rank = 0; rank < ranks; ++rank) {
        const double time = drawn.compute(rank, step);
        longest = std::max(longest, time);
        all.push_back(time);
        stream = std::min(stream, drawn.stream_rate(rank, step));
      }
      slowest.push_back(longest);
      streams.push_back(1 / stream);
      frontier.push_back(folded.compute(0, step));
      averages.push_back(frontier.back() * folded.mean_share(step));
      slowest_streams.push_back(1 / folded.slowest_stream(ranks, step));
      EXPECT_LE(folded.mean_share(step), 1);
    }
    SCOPED_TRACE(ranks);
    EXPECT_NEAR(mean(frontier), mean(slowest), 0.006);
    EXPECT_NEAR(standard_deviation(frontier), standard_deviation(slowest), 0.007);
    EXPECT_NEAR(mean(averages), mean(all), 0.006);
    EXPECT_NEAR(mean(slowest_streams) / mean(streams), 1, 0.03);
  }
}

// One group: its members are independent but for what all share. One member, or members that are
// alike: only the groups count.
TEST(LargestOfGroups, HasTheLimitsOfIndependentValues) {
  for (const double score : {-2.0, 0.0, 1.5}) {
    EXPECT_NEAR(largest_of_groups(score, 44, 0, 8, 3), 3 * largest_normal(score, 352), 1e-9);
    EXPECT_NEAR(largest_of_groups(score, 44, 2, 8, 0), 2 * largest_normal(score, 44), 1e-9);
    // One member each: deviations add in squares, hypot(3, 4) = 5.
    EXPECT_NEAR(largest_of_groups(score, 44, 3, 1, 4), 5 * largest_normal(score, 44), 1e-5);
    // Between what the groups and what all members give if independent.
    const double some = largest_of_groups(score, 44, 3, 8, 4);
    EXPECT_GT(some, 5 * largest_normal(score, 44));
    EXPECT_LT(some, 5 * largest_normal(score, 352));
    // Hardly any difference inside the groups, or between them: that of the usual largest member
    // (1.4 of 8), and nothing.
    EXPECT_NEAR(largest_of_groups(score, 44, 1, 8, 1e-5), largest_normal(score, 44), 2e-5);
    EXPECT_NEAR(largest_of_groups(score, 44, 1e-5, 8, 1), largest_normal(score, 352), 2e-5);
    // Neither way of integrating is nearer where the two parts are alike.
    EXPECT_NEAR(largest_of_groups(score, 44, 1, 8, 1), largest_of_groups(score, 44, 1, 8, 1 + 1e-6),
                1e-5);
  }
}

// The same as the mean over many draws of all ranks, four to a node.
TEST(SlowestRankNoise, KnowsThatTheDevicesOfANodeAreAlike) {
  for (const int nodes : {1, 4, 64}) {
    NoiseOptions options;
    options.runs = 200;
    options.steps_per_run = 1;
    options.compute_cv = 0.02;
    options.device_cv = 0.02;
    options.node_cv = 0.05;
    const int ranks = 4 * nodes;
    std::vector<std::int64_t> node_of_rank;
    for (int rank = 0; rank < ranks; ++rank) node_of_rank.push_back(rank / 4);
    const NoiseModel drawn(options, node_of_rank);
    const SlowestRankNoise folded(options, ranks, nodes);
    std::vector<double> slowest, all, frontier, averages;
    for (int step = 0; step < options.steps(); ++step) {
      double longest = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        all.push_back(drawn.compute(rank, step));
        longest = std::max(longest, all.back());
      }
      slowest.push_back(longest);
      frontier.push_back(folded.compute(0, step));
      averages.push_back(frontier.back() * folded.mean_share(step));
      EXPECT_LE(folded.mean_share(step), 1);
    }
    SCOPED_TRACE(nodes);
    EXPECT_NEAR(mean(averages), mean(all), 0.006);
    EXPECT_NEAR(mean(frontier), mean(slowest), 0.006);
    EXPECT_NEAR(standard_deviation(frontier), standard_deviation(slowest), 0.007);
  }
}

// Eight devices in one node: factors have the mean 1, however the slowest device's is divided.
TEST(SlowestRankNoise, TheMeanOfANodeIsOne) {
  NoiseOptions options;
  options.runs = 1000;
  options.steps_per_run = 1;
  options.device_cv = 0.1;
  options.node_cv = 0.1;
  const SlowestRankNoise noise(options, 8, 1);
  std::vector<double> averages;
  for (int step = 0; step < options.steps(); ++step) {
    averages.push_back(noise.compute(0, step) * noise.mean_share(step));
  }
  EXPECT_NEAR(mean(averages), 1, 0.003);
}

TEST(SlowestRankNoise, NobodyWaitsInANodeOfEqualDevices) {
  NoiseOptions options;
  options.node_cv = 0.1;
  const SlowestRankNoise one(options, 8, 1);
  for (int step = 0; step < options.steps(); ++step) EXPECT_DOUBLE_EQ(one.mean_share(step), 1);
}

// A dragonfly on which flows share links: 4 groups of 4 routers with 2 nodes each.
NetworkSpec dragonfly() {
  const LinkRate rate{Bandwidth(5e9), Duration(2e-7)};
  DragonflySpec shape;
  shape.routers_per_chassis = 4;
  shape.nodes_per_router = 2;
  shape.global_links_per_router = 1;
  shape.local = shape.local2 = shape.global = rate;
  NetworkSpec spec;
  spec.injection = {Bandwidth(10e9), Duration(1e-7)};
  spec.topology = std::make_shared<DragonflySpec>(shape);
  return spec;
}

TEST(CollectivePattern, IsThatOfEveryPhaseOfALargeBuffer) {
  const Network network = build_network(dragonfly(), 32, NodeSpec{});
  const auto router = make_router(network, Routing::minimal);
  for (const int ranks : {24, 32}) {
    std::vector<EndpointId> workers;
    for (int rank = 0; rank < ranks; ++rank) workers.push_back((rank * 7) % 32);
    StackProfile profile;
    profile.reduce_bandwidth = Bandwidth(4e9);
    CollectivePatterns patterns(network, *router, workers, profile, false);
    for (const auto algorithm : {Algorithm::ring, Algorithm::rabenseifner, Algorithm::binomial}) {
      const auto schedule = make_all_reduce(algorithm, ranks, 96'000'000);
      const CollectivePattern& pattern = patterns.of(*patterns.world(), *schedule);
      const std::vector<Phase> phases = schedule->phases();
      ASSERT_EQ(pattern.phases.size(), phases.size());
      std::vector<double> bytes(static_cast<std::size_t>(network.links()));
      double hops = 0;
      double in_step = 0;
      double apart = 0;
      for (std::size_t i = 0; i < phases.size(); ++i) {
        std::vector<TrafficFlow> flows;
        double most_added = 0;
        for (int rank = 0; rank < ranks; ++rank) {
          std::vector<Volume> volumes;
          schedule->volumes(rank, phases[i], volumes);
          for (const Volume& v : volumes) {
            flows.push_back({workers[static_cast<std::size_t>(rank)],
                             workers[static_cast<std::size_t>(v.peer)],
                             4.0 * static_cast<double>(v.elements)});
          }
          volumes.clear();
          schedule->added(rank, phases[i], volumes);
          double added = 0;
          for (const Volume& v : volumes) added += 4.0 * static_cast<double>(v.elements);
          most_added = std::max(most_added, added);
        }
        const Traffic traffic = route_traffic(network, *router, flows);
        const double buffer = 4 * 96e6;
        in_step += traffic.bottleneck.value();
        apart += pattern.phases[i].bottleneck * buffer;
        EXPECT_DOUBLE_EQ(pattern.phases[i].longest_route.value(), traffic.longest_latency.value());
        EXPECT_NEAR(pattern.phases[i].additions * buffer, most_added / 4e9, 1e-8);
        for (std::size_t link = 0; link < bytes.size(); ++link) bytes[link] += traffic.bytes[link];
        hops += traffic.mean_hops * static_cast<double>(flows.size()) * phases[i].rounds;
      }
      EXPECT_NEAR(pattern.hops / hops, 1, 1e-9);
      // A ring is one phase. In trees and exchanges who is not held up goes ahead.
      EXPECT_NEAR(apart / in_step, 1, algorithm == Algorithm::ring ? 1e-6 : 0.5);
      EXPECT_LE(apart, in_step * (1 + 1e-6));
      for (std::size_t link = 0; link < bytes.size(); ++link) {
        EXPECT_NEAR(pattern.link_shares[link] * 4 * 96e6, bytes[link], 1e-6 * 4 * 96e6);
      }
    }
  }
}

// Seconds of one collective of 32 ranks on the dragonfly above.
double on_dragonfly(const MakeSchedule& make, Fidelity fidelity) {
  return forked([&] {
           const Network network = build_network(dragonfly(), 32, NodeSpec{});
           const auto router = make_router(network, Routing::minimal);
           SimulationOptions options;
           options.network = &network;
           options.router = router.get();
           for (int rank = 0; rank < 32; ++rank) options.workers.push_back(rank);
           options.noise = OneSwitch::quiet(1);
           options.fidelity = fidelity;
           const auto summary = simulate(options, [&](World& world, const StepObserver&) {
             const auto schedule = make();
             world.transport().execute(*world.transport().world(), *schedule,
                                       {nullptr, schedule->elements()});
           });
           return std::vector<double>{summary.end};
         })
      .at(0);
}

TEST(Analytic, MeetsFlowWhereFlowsShareLinks) {
  for (const auto algorithm :
       {Algorithm::ring, Algorithm::recursive_doubling, Algorithm::rabenseifner}) {
    const MakeSchedule make = [=] { return make_all_reduce(algorithm, 32, 25'000'000); };
    const double flow = on_dragonfly(make, Fidelity::flow);
    EXPECT_NEAR(on_dragonfly(make, Fidelity::analytic) / flow, 1, 0.05);
  }
}

TEST(Analytic, AllToAllOnOneSwitchMeetsItsFormula) {
  // (P-1) (a + n/P b): 16 ranks, 64 MB, 2 us over two links, 10 GB/s.
  const double formula = 15 * (2e-6 + 64e6 / 16 / 10e9);
  for (const auto fidelity : {Fidelity::analytic, Fidelity::flow, Fidelity::message}) {
    OneSwitch cluster;
    cluster.ranks = 16;
    cluster.fidelity = fidelity;
    const double seconds =
        collective_seconds(cluster, [] { return make_all_to_all(16, 16'000'000); });
    EXPECT_NEAR(seconds / formula, 1, 1e-6);
  }
}

TEST(Analytic, HeadersAndRendezvousCostWhatTheyDoUnderFlow) {
  // 8 MB over 8 ranks in 14 rounds of 3 * 2 us and 1 MB at 8 of 10 GB/s.
  for (const auto fidelity : {Fidelity::analytic, Fidelity::flow}) {
    OneSwitch cluster;
    cluster.ranks = 8;
    cluster.fidelity = fidelity;
    cluster.stack.ends.wire_efficiency = 0.8;
    cluster.stack.ends.rendezvous_from = Bytes(1e6);
    const double seconds =
        collective_seconds(cluster, [] { return make_all_reduce(Algorithm::ring, 8, 2'000'000); });
    EXPECT_NEAR(seconds, 14 * (6e-6 + 125e-6), 1e-9);
  }
}

TEST(Analytic, HeadersDoNotSlowAStreamThatIsSlowerThanItsLink) {
  // A broadcast of 1 MB at 5 GB/s of payload, 2 us of links.
  OneSwitch cluster;
  cluster.fidelity = Fidelity::analytic;
  cluster.stack.ends.wire_efficiency = 0.8;
  cluster.stack.stream_bandwidth = Bandwidth(5e9);
  EXPECT_NEAR(collective_seconds(cluster, [] { return make_broadcast(2, 250'000); }), 202e-6, 1e-9);
}

TEST(Analytic, RefusesMessageEndsThatOneRankCannotKnow) {
  const auto refusal = [](const MessageEnds& ends) {
    OneSwitch cluster;
    cluster.fidelity = Fidelity::analytic;
    cluster.stack.ends = ends;
    try {
      simulate_on(cluster, [](World&, const StepObserver&) {});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  MessageEnds acknowledged;
  acknowledged.acknowledgement_share = 0.02;
  EXPECT_NE(refusal(acknowledged).find("'acknowledgement_share'"), std::string::npos);
  MessageEnds bursts;
  bursts.idle_burst = Bytes(1);
  EXPECT_NE(refusal(bursts).find("'idle_burst'"), std::string::npos);
  MessageEnds turns;
  turns.rendezvous_from = Bytes(1);
  turns.departure_skew = Duration(1e-6);
  EXPECT_NE(refusal(turns).find("'departure_skew'"), std::string::npos);
}

TEST(Analytic, RefusesAGroupThatIsNotTheWorld) {
  const auto refused = forked([] {
    OneSwitch cluster;
    cluster.ranks = 8;
    cluster.fidelity = Fidelity::analytic;
    double caught = 0;
    simulate_on(cluster, [&](World& world, const StepObserver&) {
      const Group half(1, {0, 1, 2, 3});
      try {
        world.transport().execute(half, *make_all_reduce(Algorithm::ring, 4, 100), {nullptr, 100});
      } catch (const Error& error) {
        caught = std::string(error.what()).find("4 of 8 ranks") != std::string::npos ? 1 : 0;
      }
    });
    return std::vector<double>{caught};
  });
  EXPECT_EQ(refused, std::vector<double>{1});
}

TEST(Analytic, WaitingForTheSlowestIsStragglerWait) {
  // 64 devices that differ by 10 %, nothing to send but 4 bytes: the slowest is expected at
  // exp(0.0998 * 2.389 - 0.00498) = 1.26 of the mean (its lower half of quantiles is closer).
  const auto parts = forked([] {
    OneSwitch cluster;
    cluster.ranks = 64;
    cluster.fidelity = Fidelity::analytic;
    cluster.noise.device_cv = 0.1;
    cluster.costs.forward.assign(1, {Duration(0.1), Duration(0)});
    cluster.costs.backward.assign(1, {Duration(0.2), Duration(0)});
    cluster.noise.runs = 20;
    cluster.noise.steps_per_run = 2;
    SyncSgd::Options options;
    options.steps = cluster.noise.steps();
    options.workers = cluster.ranks;
    options.reducer.cycle = Duration(0);
    const SyncSgd sgd({{0, {1}}}, options);
    const auto summary = simulate_on(cluster, [&](World& world, const StepObserver& observe) {
      sgd.run(world, {{nullptr, 1}, {nullptr, 1}}, observe);
    });
    double compute = 0;
    double straggler = 0;
    double sum_error = 0;
    for (const StepRecord& s : summary.steps) {
      compute += s.parts[StepPhase::compute].value() / 40;
      straggler += s.parts[StepPhase::straggler_wait].value() / 40;
      const Duration sum = s.parts.sum();
      sum_error = std::max(sum_error, std::abs((s.end - s.begin - sum).value()));
    }
    return std::vector<double>{compute, straggler, sum_error};
  });
  EXPECT_NEAR(parts.at(0), 0.3, 0.003);
  EXPECT_NEAR((parts.at(0) + parts.at(1)) / 0.3, 1.26, 0.02);
  EXPECT_LT(parts.at(2), 1e-9);
}

}  // namespace
}  // namespace rehearse
