// The estimate by hand, and the measurement in the in-memory world, whose times mean nothing.
#include "calibrate/machine/collectives.h"

#include <gtest/gtest.h>

#include "calibrate/machine/pair_schedules.h"
#include "calibrate/machine/repeat.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

using enum Algorithm;

MessageTimes times(double latency, double bandwidth) {
  const FittedPiece piece{Bytes(0), Duration(latency), Bandwidth(bandwidth)};
  // An exchange takes twice as long here.
  return {{piece}, {{Bytes(0), 2 * piece.latency, 0.5 * piece.bandwidth}}};
}

const std::vector<FittedPiece> kAddition{{Bytes(0), Duration(0), Bandwidth(8e9)}};

TEST(Estimate, MeetsTheFormulasWithinANode) {
  const ScheduleCosts costs{{0, 0, 0, 0}, times(1e-6, 4e9), {}, kAddition, {}};
  const auto of = [&](Algorithm a, int ranks, std::int64_t n) {
    ScheduleCosts some = costs;
    some.node_of.resize(static_cast<std::size_t>(ranks));
    return estimate(*make_all_reduce(a, ranks, n), some).value();
  };
  // n = 16,000 B on 4 ranks. A part of 4,000 B: exchange 2 us + 2 us, addition 0.5 us.
  EXPECT_NEAR(of(ring, 4, 4000), 3 * 4.5e-6 + 3 * 4e-6, 1e-15);
  // Everything: exchange 2 us + 8 us, addition 2 us; two rounds.
  EXPECT_NEAR(of(recursive_doubling, 4, 4000), 2 * 12e-6, 1e-15);
  // Halves 2 + 4 + 1, quarters 2 + 2 + 0.5, and back without additions: 7 + 4.5 + 4 + 6.
  EXPECT_NEAR(of(rabenseifner, 4, 4000), 21.5e-6, 1e-15);
  // One way 1 us + 4 us: two rounds with an addition of 2 us, two without.
  EXPECT_NEAR(of(binomial, 4, 4000), 2 * 7e-6 + 2 * 5e-6, 1e-15);
  // Three ranks fold first: 5 + 2, exchange and addition of two 12, unfold 5.
  EXPECT_NEAR(of(recursive_doubling, 3, 4000), 24e-6, 1e-15);
}

TEST(Estimate, TakesTheLevelOfEachPair) {
  // Two nodes of two: reduce-scatter inside (2 + 4 + 1), one exchange of halves across nodes twice
  // (Rabenseifner of 8,000 B: 20 us + 4,000 B / 0.5 GB/s = 28 us, the addition 0.5 us once),
  // gather inside (2 + 4); the call 5 us.
  const ScheduleCosts costs{
      {0, 0, 1, 1}, times(1e-6, 4e9), times(10e-6, 1e9), kAddition, Duration(5e-6)};
  EXPECT_NEAR(estimate(*make_all_reduce(hierarchical, 4, 4000, 2), costs).value(),
              5e-6 + 7e-6 + 28.5e-6 + 28e-6 + 6e-6, 1e-15);
}

TEST(PairSchedules, PingPongReturnsTheNumbersAndExchangeSwapsHalves) {
  run_in_memory(2, {}, [](World& world) {
    Transport& t = world.transport();
    const auto me = static_cast<float>(t.rank() + 1);
    std::vector<float> data(4, me);
    t.execute(*t.world(), PingPong(4, 3), {data.data(), 4});
    EXPECT_EQ(data, std::vector<float>(4, 1));
    data.assign(4, me);
    t.execute(*t.world(), PairExchange(4, 2), {data.data(), 4});
    EXPECT_EQ(data, (std::vector<float>{1, 1, 2, 2}));
  });
}

TEST(Summarise, MedianAndMedianDeviation) {
  // Median 4; distances 3 1 0 1 96: their median 1.
  const RepeatedTime t = summarise(Bytes(8), {1, 3, 4, 5, 100});
  EXPECT_EQ(t.size, Bytes(8));
  EXPECT_EQ(t.median, Duration(4));
  EXPECT_EQ(t.deviation, Duration(1));
  EXPECT_EQ(t.repetitions, 5);
}

TEST(RanksPerNode, AreEqualAndConsecutiveOrOne) {
  EXPECT_EQ(equal_ranks_per_node({0, 0, 1, 1, 2, 2}), 2);
  EXPECT_EQ(equal_ranks_per_node({0, 1, 0, 1}), 1);
  EXPECT_EQ(equal_ranks_per_node({0, 0, 1}), 1);
  EXPECT_EQ(equal_ranks_per_node({0, 0, 0}), 3);
}

void expect_times(const std::vector<RepeatedTime>& times, double factor) {
  ASSERT_FALSE(times.empty());
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_GT(times[i].median, Duration(0));
    EXPECT_GE(times[i].deviation, Duration(0));
    EXPECT_EQ(times[i].repetitions, CollectiveOptions().fewest_repetitions);
    if (i > 0) {
      EXPECT_EQ(times[i].size, factor * times[i - 1].size);
    }
  }
  EXPECT_EQ(times.front().size, Bytes(4));
  EXPECT_EQ(times.back().size, Bytes(1024));
}

void expect_level(const std::optional<LevelMeasurements>& level, bool there) {
  ASSERT_EQ(level.has_value(), there);
  if (!there) return;
  expect_times(level->ping_pong, 2);
  expect_times(level->exchange, 2);
  EXPECT_FALSE(level->ping_pong_fit.pieces.empty());
  EXPECT_GE(level->exchange_fit.worst_error, level->exchange_fit.median_error);
}

void measure(const std::vector<int>& node_of, bool inside, bool between, std::size_t algorithms) {
  CollectiveOptions options;
  options.budget = Duration(1000);  // however slow the machine is
  options.most_repetitions = options.fewest_repetitions;
  options.largest = Bytes(1024);
  options.largest_message = options.largest;
  std::vector<TaskMeasurements> all(node_of.size());
  run_in_memory(static_cast<int>(node_of.size()), {}, [&](World& world) {
    all[static_cast<std::size_t>(world.transport().rank())] =
        measure_in_task(world, node_of, options, kAddition);
  });
  for (const TaskMeasurements& m : all) {
    EXPECT_GE(m.call, Duration(0));
    expect_level(m.inside_node, inside);
    expect_level(m.between_nodes, between);
    ASSERT_EQ(m.all_reduces.size(), algorithms);
    for (std::size_t i = 0; i < algorithms; ++i) {
      const AllReduceMeasurements& a = m.all_reduces[i];
      expect_times(a.times, 4);
      EXPECT_EQ(a.estimates.size(), a.algorithm == native ? 0 : a.times.size());
      // All ranks hold the same.
      EXPECT_EQ(a.times.back().median, all[0].all_reduces[i].times.back().median);
    }
  }
}

TEST(MeasureInTask, MeasuresTheLevelsThatThereAre) {
  measure({0, 0}, true, false, 6);
  measure({0, 1}, false, true, 5);
  measure({0, 0, 1, 1}, true, true, 6);
  measure({0, 1, 0}, true, true, 5);
  measure({0}, false, false, 0);
}

}  // namespace
}  // namespace rehearse
