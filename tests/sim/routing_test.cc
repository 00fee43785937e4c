// Routings in the simulated world.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "routed_cluster.h"
#include "runtime/collectives/collectives.h"

namespace rehearse {
namespace {

constexpr auto kBothFidelities = {Fidelity::flow, Fidelity::message};

std::vector<EndpointId> first_nodes(std::int64_t count) {
  std::vector<EndpointId> nodes(static_cast<std::size_t>(count));
  std::iota(nodes.begin(), nodes.end(), 0);
  return nodes;
}

double longest(const std::vector<double>& seconds) {
  return *std::max_element(seconds.begin(), seconds.end());
}

// A canonical dragonfly with one link between each two groups, all links of 10 GB/s.
struct Canonical {
  explicit Canonical(std::int64_t p)
      : group(2 * p * p),
        nodes(group * (group + 1)),
        spec(dragonfly(2 * p, p, p, kLink, kLink, kLink)) {}
  static constexpr LinkRate kLink{Bandwidth(10e9), Duration(0)};
  std::int64_t group, nodes;
  NetworkSpec spec;
};

// The mean over the nodes of the share of its injection rate that a node reaches: the time in which
// its NIC alone would send its bytes against the time that it takes.
double mean_share(const Canonical& fly, Routing routing, const std::vector<Messages::Message>& sent,
                  Fidelity fidelity) {
  const Messages schedule(static_cast<int>(fly.nodes), sent);
  const auto seconds =
      seconds_of(fly.spec, fly.nodes, routing, first_nodes(fly.nodes), schedule, fidelity);
  std::vector<double> bytes(seconds.size());
  for (const auto& message : sent) {
    bytes[static_cast<std::size_t>(message.from)] += 4.0 * static_cast<double>(message.elements);
  }
  double sum = 0;
  for (std::size_t node = 0; node < seconds.size(); ++node)
    sum += bytes[node] / 10e9 / seconds[node];
  return sum / static_cast<double>(seconds.size());
}

// Every node sends eight messages at once (32 flows where the routing splits them) to its
// counterpart in the next group.
std::vector<Messages::Message> adversarial(const Canonical& fly) {
  std::vector<Messages::Message> sent;
  for (std::int64_t node = 0; node < fly.nodes; ++node) {
    for (int i = 0; i < 8; ++i) {
      sent.push_back(
          {0, static_cast<int>(node), static_cast<int>((node + fly.group) % fly.nodes), 1'000'000});
    }
  }
  return sent;
}

TEST(SimRouting, AdversarialTrafficCollapsesUnderMinimalAndNotByDetours) {
  for (const std::int64_t p : {2, 3, 4}) {
    const Canonical fly(p);
    const auto sent = adversarial(fly);
    const auto share = [&](Routing routing) {
      return mean_share(fly, routing, sent, Fidelity::flow);
    };
    EXPECT_NEAR(share(Routing::minimal), 1.0 / static_cast<double>(fly.group), 1e-6);
    const double valiant = share(Routing::valiant);
    const double ugal = share(Routing::ugal);
    EXPECT_GT(valiant, 0.35);
    EXPECT_LT(valiant, 0.5);
    EXPECT_GT(ugal, 0.95 * valiant);
  }
}

TEST(SimRouting, UniformTrafficIsAsGoodUnderUgalAsUnderMinimal) {
  const Canonical fly(2);
  std::vector<Messages::Message> sent;
  for (int node = 0; node < 72; ++node) {
    for (int step = 1; step < 72; ++step) sent.push_back({0, node, (node + step) % 72, 100'000});
  }
  const double minimal = mean_share(fly, Routing::minimal, sent, Fidelity::flow);
  EXPECT_GT(minimal, 0.95);
  const double ugal = mean_share(fly, Routing::ugal, sent, Fidelity::flow);
  EXPECT_GT(ugal, 0.95 * minimal);
}

// The job of ranks 0 and 1 sends one message of 40 MB from group 0 to group 1; before, and until
// long after, another job may send from group 0 to group 1 on the one link between them.
double job_seconds(Routing routing, bool other_job, Fidelity fidelity) {
  // a = 4, p = 2: nodes 0 … 7 are group 0. Global links take 1 ms, so that a route shows itself.
  const NetworkSpec spec =
      dragonfly(4, 2, 2, {Bandwidth(10e9), Duration(0)}, {Bandwidth(100e9), Duration(0)},
                {Bandwidth(10e9), Duration(1e-3)});
  std::vector<Messages::Message> sent{{0, 0, 1, 1}, {1, 0, 1, 10'000'000}};
  if (other_job) {
    for (int i = 0; i < 6; ++i) sent.push_back({0, 2 + i, 8 + i, 1'000'000'000});
  }
  // Ranks 2 … 7 are nodes 2 … 7, their partners nodes 10 … 15.
  const std::vector<EndpointId> workers{0, 8, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15};
  return seconds_of(spec, 72, routing, workers, Messages(14, sent), fidelity).at(1);
}

TEST(SimRouting, UgalReadsTheLoadOfTheMoment) {
  for (const auto fidelity : kBothFidelities) {
    // Alone: a dummy message and the job's own, 1 ms of latency each over the direct link, 4 ms at
    // 10 GB/s.
    const double alone = 1e-3 + 4e-3 + 1e-3;
    EXPECT_NEAR(job_seconds(Routing::minimal, false, fidelity), alone, 1e-5);
    EXPECT_NEAR(job_seconds(Routing::ugal, false, fidelity), alone, 1e-5);
    // Beside six others on the same link: a seventh of it.
    EXPECT_NEAR(job_seconds(Routing::minimal, true, fidelity), 1e-3 + 7 * 4e-3 + 1e-3, 1e-4);
    // Ugal: both messages start beside the other job's and take two global links instead of one.
    // SimGrid tells the latency of idle routes (message).
    const double detour = fidelity == Fidelity::flow ? 1e-3 : 0;
    EXPECT_NEAR(job_seconds(Routing::ugal, true, fidelity), alone + 2 * detour, 1e-5);
  }
}

TEST(SimRouting, EqualRunsGiveEqualTimes) {
  const Canonical fly(2);
  const Messages schedule(72, adversarial(fly));
  for (const auto fidelity : kBothFidelities) {
    for (const Routing routing : {Routing::valiant, Routing::ugal, Routing::adaptive}) {
      const auto run = [&] {
        return seconds_of(fly.spec, 72, routing, first_nodes(72), schedule, fidelity);
      };
      EXPECT_EQ(run(), run()) << to_text(routing);
    }
  }
}

TEST(SimRouting, MoreBandwidthEverywhereIsNeverSlowerOnFixedRoutes) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    RandomStream random(seed, {});
    const auto ranks = static_cast<int>(5 + random.below(12));
    std::vector<EndpointId> workers = first_nodes(72);
    for (std::size_t i = 71; i > 0; --i) std::swap(workers[i], workers[random.below(i + 1)]);
    workers.resize(static_cast<std::size_t>(ranks));
    const double ratio = 0.2 + random.uniform();
    const auto schedule = make_all_reduce(seed % 2 == 0 ? Algorithm::ring : Algorithm::rabenseifner,
                                          ranks, 1'000'000);
    for (const Routing routing : {Routing::minimal, Routing::ecmp}) {
      for (const auto fidelity : kBothFidelities) {
        double last = 1e9;
        for (const double scale : {1.0, 1.1, 1.7, 8.0}) {
          const NetworkSpec spec = dragonfly(4, 2, 2, {Bandwidth(scale * 10e9), Duration(1e-7)},
                                             {Bandwidth(scale * ratio * 10e9), Duration(1e-7)},
                                             {Bandwidth(scale * ratio * 4e9), Duration(3e-7)});
          const double now = longest(seconds_of(spec, 72, routing, workers, *schedule, fidelity));
          EXPECT_LT(now, last);
          last = now;
        }
      }
    }
  }
}

// docs/models.md, "Routing": A sends 1 GB from node 1 over its NIC (1 GB/s) and the one global link
// X; B sends 1 GB from node 1 over the same NIC to node 0; when B is there, C sends 2.5 GB from
// node 0 to node 2.
double seconds_with_global(Bandwidth x, Fidelity fidelity) {
  const NetworkSpec spec = dragonfly(2, 2, 1, {Bandwidth(1e9), Duration(0)},
                                     {Bandwidth(100e9), Duration(0)}, {x, Duration(0)});
  const Messages job(4, {{0, 1, 3, 250'000'000}, {0, 1, 0, 250'000'000}, {1, 0, 2, 625'000'000}});
  return longest(seconds_of(spec, 8, Routing::minimal, {0, 1, 2, 4}, job, fidelity));
}

TEST(SimRouting, AFasterLinkMaySlowAJob) {
  for (const auto fidelity : kBothFidelities) {
    // X = 0.25 GB/s: A runs at 0.25 and ends at 4 s, B at 0.75 and ends at 1.333 s, C at 3.833 s.
    EXPECT_NEAR(seconds_with_global(Bandwidth(0.25e9), fidelity), 4.0, 1e-3);
    // X = 1 GB/s: A and B share the NIC, both end at 2 s, C at 4.5 s.
    EXPECT_NEAR(seconds_with_global(Bandwidth(1e9), fidelity), 4.5, 1e-3);
  }
}

}  // namespace
}  // namespace rehearse
