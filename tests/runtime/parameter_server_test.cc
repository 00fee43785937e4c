// Parameter servers, followed by hand: which weights a gradient is of, and what becomes of it.
#include "runtime/strategies/parameter_server.h"

#include <gtest/gtest.h>

#include "tests/runtime/traced_training.h"

namespace rehearse {
namespace {

using Ages = std::vector<std::int64_t>;
using Ranks = std::vector<int>;

const std::vector<TrainingLayer> kOneWeight{{1, {1}}};

// A loss of (r + 1) w^2 / 2 on worker r.
std::vector<float> steeper_by_rank(int rank, const std::vector<float>& weights) {
  std::vector<float> gradient;
  for (const float w : weights) gradient.push_back(static_cast<float>(rank + 1) * w);
  return gradient;
}

ParameterServerSgd::Options of(int workers, std::int64_t steps, int servers = 1) {
  return {.steps = steps, .workers = workers, .servers = servers};
}

// Gradients come in the given order of workers; each turn ends when the server is done with one.
Traced async_in_order(const std::vector<int>& order, std::int64_t steps) {
  Turns turns(order);
  TracedOptions options;
  options.initial = {8};
  options.gradient = [&](int rank, std::int64_t, const std::vector<float>& weights) {
    turns.wait(rank, rank);
    return steeper_by_rank(rank, weights);
  };
  options.updated = [&](int, const UpdateRecord&) { turns.end(); };
  return run_traced(AsyncPs(kOneWeight, of(2, steps)), options);
}

// Rate 0.5, w = 8 at first.
//   worker 0 of 8:   g = 8,    w = 8 - 4 = 4
//   worker 1 of 8:   g = 16,   w = 4 - 8 = -4     one update since it read
//   worker 1 of -4:  g = -8,   w = -4 + 4 = 0
//   worker 0 of 4:   g = 4,    w = 0 - 2 = -2     two updates since it read
TEST(AsyncPs, AppliesEachGradientAsItComes) {
  const Traced run = async_in_order({0, 1, 1, 0}, 2);
  EXPECT_EQ(run.weights[2], std::vector<float>{-2});
  EXPECT_EQ(run.who(2), (Ranks{0, 1, 1, 0}));
  EXPECT_EQ(run.staleness(2), (Ages{0, 1, 0, 2}));
  EXPECT_EQ(run.applied(2), std::vector<bool>(4, true));
  // Nobody fetches weights after the last step: what each worker has is what it computed from.
  EXPECT_EQ(run.weights[0], std::vector<float>{4});
  EXPECT_EQ(run.weights[1], std::vector<float>{-4});
}

// In turn, both are behind by the other's last update, but the very first: w = 8, then
//   0 of 8:  8 -> 4;   1 of 8:  g 16 -> -4;   0 of 4: g 4 -> -6;   1 of -4: g -8 -> -2.
TEST(AsyncPs, TwoEqualWorkersAreOneUpdateBehind) {
  const Traced run = async_in_order({0, 1, 0, 1}, 2);
  EXPECT_EQ(run.weights[2], std::vector<float>{-2});
  EXPECT_EQ(run.staleness(2), (Ages{0, 1, 1, 1}));
}

// Four tensors of 3, 2, 1 and 4 elements in the order of creation: of the first layer a and b, of
// the second c and d. Flat, the last layer comes first: c d a b.
const std::vector<TrainingLayer> kFourTensors{{1, {3, 2}}, {2, {1, 4}}};

TEST(Shards, AreDealtInTurnOrToWhoHasLeast) {
  // In turn: a c | b d.
  const auto in_turn = deal_out(kFourTensors, 2, false);
  EXPECT_EQ(in_turn[0].elements, 3 + 1);
  EXPECT_EQ(in_turn[1].elements, 2 + 4);
  ASSERT_EQ(in_turn[0].runs().size(), 2U);
  EXPECT_EQ(in_turn[0].runs()[0].begin, 0);  // c
  EXPECT_EQ(in_turn[0].runs()[1].begin, 5);  // a
  // By size: a to 0 (3), b to 1 (2), c to 1 (3), d to 0 of two equal ones (7).
  const auto balanced = deal_out(kFourTensors, 2, true);
  EXPECT_EQ(balanced[0].elements, 7);
  EXPECT_EQ(balanced[1].elements, 3);
  ASSERT_EQ(balanced[0].runs().size(), 1U);  // d and a are neighbours
  EXPECT_EQ(balanced[0].runs()[0].begin, 1);
  EXPECT_EQ(balanced[0].runs()[0].end, 8);
  // More owners than tensors: some have none.
  const auto many = deal_out(kFourTensors, 5, false);
  EXPECT_EQ(many[4].elements, 0);
  EXPECT_TRUE(many[4].runs().empty());
}

// Where there are several servers all parameters lie with one of them, and with one worker the
// result is that of plain SGD: w - 0.5 w = w / 2, three times.
TEST(AsyncPs, SeveralServersKeepAllParameters) {
  for (const int servers : {1, 2, 3, 5}) {
    for (const bool balanced : {false, true}) {
      ParameterServerSgd::Options of_servers = of(1, 3, servers);
      of_servers.balanced = balanced;
      const AsyncPs strategy(kFourTensors, of_servers);
      TracedOptions options;
      for (int i = 0; i < 10; ++i) options.initial.push_back(static_cast<float>(8 * (i + 1)));
      options.gradient = [](int, std::int64_t, const std::vector<float>& weights) {
        return weights;
      };
      const Traced run = run_traced(strategy, options);
      std::vector<float> kept(10, -1);
      for (int rank = 0; rank < strategy.roles().ranks(); ++rank) {
        for (const ParameterRange& range : strategy.keeps(rank)) {
          for (std::int64_t i = range.begin; i < range.end; ++i) {
            const auto at = static_cast<std::size_t>(i);
            EXPECT_EQ(kept[at], -1) << "two keep it";
            kept[at] = run.weights[static_cast<std::size_t>(rank)][at];
          }
        }
      }
      for (std::size_t i = 0; i < kept.size(); ++i) {
        EXPECT_EQ(kept[i], static_cast<float>(i + 1)) << servers << ' ' << i;
      }
    }
  }
}

// A turn ends when the server has added a gradient to the sum, or has dropped it.
Traced backup_in_order(const std::vector<int>& order, int workers, int aggregate,
                       std::int64_t steps) {
  Turns turns(order);
  TracedOptions options;
  options.initial = {8};
  options.gradient = [&](int rank, std::int64_t, const std::vector<float>& weights) {
    turns.wait(rank, rank);
    return steeper_by_rank(rank, weights);
  };
  // What is applied was added before: that report is not the end of a turn.
  std::atomic<int> summed = 0;
  options.computed = [&](int, std::string_view name) {
    EXPECT_EQ(name, summed++ % aggregate == 0 ? "keep a gradient" : "add a gradient");
    turns.end();
  };
  options.updated = [&](int, const UpdateRecord& update) {
    if (!update.applied) turns.end();
  };
  return run_traced(SyncBackupPs(kOneWeight, of(workers, steps), aggregate), options);
}

// Three workers, the mean of the first two counts.
//   0 of 8: g 8, 1 of 8: g 16            mean 12, w = 8 - 6 = 2
//   2 of 8: g 24                         late: dropped, it gets 2
//   2 of 2: g 6, 0 of 2: g 2             mean 4, w = 2 - 2 = 0
//   1 of 2: g 4                          late: dropped
TEST(SyncBackupPs, DropsLateGradientsAndAppliesTheMeanOfTheOthers) {
  const Traced run = backup_in_order({0, 1, 2, 2, 0, 1}, 3, 2, 2);
  EXPECT_EQ(run.weights[3], std::vector<float>{0});
  EXPECT_EQ(run.who(3), (Ranks{0, 1, 2, 2, 0, 1}));
  EXPECT_EQ(run.applied(3), (std::vector<bool>{true, true, false, true, true, false}));
  EXPECT_EQ(run.staleness(3), (Ages{0, 0, 1, 0, 0, 1}));
}

// Workers 0 and 1 are through their steps before the first gradient of worker 2 comes. It is
// dropped; the second one is waited for alone, and is its own mean.
//   0 and 1 of 8: mean 12, w = 2;  0 of 2: g 2, 1 of 2: g 4, mean 3, w = 2 - 1.5 = 0.5
//   2 of 8: dropped, two updates behind;  2 of 0.5: g 1.5, w = 0.5 - 0.75 = -0.25
TEST(SyncBackupPs, TakesTheMeanOfThoseThatAreLeft) {
  const Traced run = backup_in_order({0, 1, 0, 1, 2, 2}, 3, 2, 2);
  EXPECT_EQ(run.weights[3], std::vector<float>{-0.25F});
  EXPECT_EQ(run.staleness(3), (Ages{0, 0, 0, 0, 2, 0}));
  EXPECT_EQ(run.applied(3), (std::vector<bool>{true, true, true, true, false, true}));
}

// Without backup workers it is synchronous SGD: the mean of g and 2 g is 1.5 w, w = w / 4.
TEST(SyncBackupPs, WithoutBackupWorkersIsSynchronous) {
  TracedOptions options;
  options.initial = {64};
  options.gradient = [](int rank, std::int64_t, const std::vector<float>& weights) {
    return steeper_by_rank(rank, weights);
  };
  const Traced run = run_traced(SyncBackupPs(kOneWeight, of(2, 3), 2), options);
  EXPECT_EQ(run.weights[2], std::vector<float>{1});
  EXPECT_EQ(run.staleness(2), Ages(6, 0));
}

// Whoever leaves is waited for no more, by no server.
TEST(ParameterServers, WorkersMayLeaveBeforeTheirLastStep) {
  const std::vector<TrainingLayer> two{{1, {1}}, {2, {1}}};
  TracedOptions options;
  options.initial = {8, 8};
  options.gradient = [](int rank, std::int64_t, const std::vector<float>& weights) {
    return steeper_by_rank(rank, weights);
  };
  for (const int early : {0, 1, 2}) {
    options.ended = [&](int rank, std::int64_t step) {
      return early == 2 || rank == early ? step == 1 : false;
    };
    for (const int servers : {1, 2}) {
      const AsyncPs async(two, of(2, 4, servers));
      const SyncBackupPs sync(two, of(2, 4, servers), 2);
      for (const Strategy* strategy :
           {static_cast<const Strategy*>(&async), static_cast<const Strategy*>(&sync)}) {
        const Traced run = run_traced(*strategy, options);
        for (const int rank : {0, 1}) {
          EXPECT_EQ(run.steps[static_cast<std::size_t>(rank)], early == 2 || rank == early ? 2 : 4)
              << strategy->name() << ' ' << early;
        }
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
