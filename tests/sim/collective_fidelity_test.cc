// The simulated world executes schedules: on a single switch without contention both fidelities
// meet the textbook formulas, and a schedule with one round more takes longer.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "one_switch.h"

namespace rehearse {
namespace {

constexpr double kBandwidth = 10e9;
constexpr double kHop = 1e-6;   // a switch is two links away
constexpr double kStep = 5e-6;  // added by the software stack

OneSwitch cluster(int ranks, Fidelity fidelity) {
  OneSwitch cluster;
  cluster.ranks = ranks;
  cluster.injection = {Bandwidth(kBandwidth), Duration(kHop)};
  cluster.stack.step_latency = Duration(kStep);
  cluster.fidelity = fidelity;
  return cluster;
}

// Virtual seconds for one collective.
double simulated(int ranks, Fidelity fidelity, const MakeSchedule& make) {
  return collective_seconds(cluster(ranks, fidelity), make);
}

TEST(Fidelity, RingAndRabenseifnerMeetTheFormulasAndEachOther) {
  const double latency = 2 * kHop + kStep;
  for (const int ranks : {8, 16, 64}) {
    for (const double bytes : {65536.0, 4194304.0, 268435456.0}) {
      const auto elements = static_cast<std::int64_t>(bytes / 4);
      const double moved = 2 * bytes * (ranks - 1) / ranks / kBandwidth;
      const double ring = 2 * (ranks - 1) * latency + moved;
      const double halving = 2 * std::log2(ranks) * latency + moved;
      for (const auto& [algorithm, formula] :
           {std::pair{Algorithm::ring, ring}, std::pair{Algorithm::rabenseifner, halving}}) {
        const MakeSchedule make = [&, a = algorithm] {
          return make_all_reduce(a, ranks, elements);
        };
        const double flow = simulated(ranks, Fidelity::flow, make);
        const double message = simulated(ranks, Fidelity::message, make);
        SCOPED_TRACE(testing::Message() << ranks << " ranks, " << bytes << " bytes");
        EXPECT_NEAR(flow / formula, 1, 0.03);
        EXPECT_NEAR(message / formula, 1, 0.03);
        EXPECT_NEAR(message / flow, 1, 0.03);
      }
    }
  }
}

// A ring whose every transfer is made `factor` times as large: no closed form knows of it.
class HeavyRing : public Schedule {
 public:
  HeavyRing(int ranks, std::int64_t elements, int factor)
      : Schedule(ranks, elements),
        factor_(factor),
        ring_(make_all_reduce(Algorithm::ring, ranks, elements)) {}
  int rounds() const override { return ring_->rounds(); }
  void actions(int rank, int round, std::vector<Action>& out) const override {
    ring_->actions(rank, round, out);
    for (Action& action : out) action.elements *= factor_;
  }

 private:
  int factor_;
  std::unique_ptr<Schedule> ring_;
};

TEST(Fidelity, TheScheduleItselfIsExecuted) {
  // 8 ranks, 40 MB, bytes dominate: three times the transfers take three times as long.
  for (const auto fidelity : {Fidelity::flow, Fidelity::message}) {
    const auto time = [&](int factor) {
      return simulated(8, fidelity,
                       [=] { return std::make_unique<HeavyRing>(8, 10'000'000, factor); });
    };
    EXPECT_NEAR(time(3) / time(1), 3, 0.06);
  }
}

TEST(Fidelity, OnlyTheSlowestOfTheStreamsCounts) {
  // Streams limited to 1 GB/s with a spread of 50 %: the ring ends with its slowest stream. The
  // same draws are recomputed here: rate of node n in step 0.
  NoiseOptions noise;
  noise.runs = 1;
  noise.steps_per_run = 1;
  noise.stream_rate_spread = 0.5;
  double slowest = 1e9;
  for (int node = 0; node < 16; ++node) {
    slowest = std::min(slowest, NoiseModel(noise).stream_rate(node, 0));
  }
  const double bytes = 2 * 64e6 * 15 / 16;
  OneSwitch slow = cluster(16, Fidelity::flow);
  slow.noise = noise;
  slow.stack.stream_bandwidth = Bandwidth(1e9);
  slow.stack.step_latency = Duration(0);
  const double end =
      collective_seconds(slow, [] { return make_all_reduce(Algorithm::ring, 16, 16'000'000); });
  EXPECT_NEAR(end, bytes / (1e9 * slowest), 0.001 * end);
}

TEST(Fidelity, PlacementDoesNotChangeTheLuckOfTheStreams) {
  // On one switch all placements have the same routes: the same draws must give the same time.
  const auto end = [](const std::vector<EndpointId>& workers) {
    OneSwitch some = cluster(4, Fidelity::flow);
    some.workers = workers;
    some.noise.stream_rate_spread = 0.5;
    some.stack.stream_bandwidth = Bandwidth(1e9);
    return collective_seconds(some, [] { return make_all_reduce(Algorithm::ring, 4, 1'000'000); });
  };
  EXPECT_DOUBLE_EQ(end({0, 1, 2, 3}), end({9, 2, 15, 7}));
}

}  // namespace
}  // namespace rehearse
