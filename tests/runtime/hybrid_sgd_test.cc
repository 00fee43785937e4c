// Hybrid SGD, followed by hand and held against synchronous SGD.
#include "runtime/strategies/hybrid_sgd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/strategies/sync_sgd.h"
#include "tests/runtime/traced_training.h"

namespace rehearse {
namespace {

const std::vector<TrainingLayer> kOneWeight{{1, {1}}};
const std::vector<TrainingLayer> kFourTensors{{1, {3, 2}}, {2, {}}, {3, {1, 4}}};

// Two groups of two workers, a loss of (r + 1) w^2 / 2 on worker r, w = 8, rate 0.5. The mean
// gradient of group 0 is (1 + 2) w / 2 = 1.5 w, of group 1 (3 + 4) w / 2 = 3.5 w.
//   group 0 of 8:    g 12,  w = 8 - 6 = 2
//   group 1 of 8:    g 28,  w = 2 - 14 = -12     one update since it had its weights
//   group 1 of -12:  g -42, w = -12 + 21 = 9
//   group 0 of 2:    g 3,   w = 9 - 1.5 = 7.5    two updates since
TEST(HybridSgd, GroupsAreAsynchronous) {
  Turns turns({0, 1, 1, 0});
  TracedOptions options;
  options.initial = {8};
  options.gradient = [&](int rank, std::int64_t, const std::vector<float>& weights) {
    turns.wait(rank / 2, rank);
    return std::vector<float>{static_cast<float>(rank + 1) * weights[0]};
  };
  options.updated = [&](int, const UpdateRecord&) { turns.end(); };
  const Traced run =
      run_traced(HybridSgd(kOneWeight, {.steps = 2, .workers = 4, .groups = 2}), options);
  EXPECT_EQ(run.weights[4], std::vector<float>{7.5F});
  EXPECT_EQ(run.staleness(4), (std::vector<std::int64_t>{0, 1, 0, 2}));
  EXPECT_EQ(run.who(4), (std::vector<int>{0, 2, 2, 0}));
  // Every worker of a group has what the group got last.
  EXPECT_EQ(run.weights[0], std::vector<float>{7.5F});
  EXPECT_EQ(run.weights[1], std::vector<float>{7.5F});
  EXPECT_EQ(run.weights[2], std::vector<float>{9});
  EXPECT_EQ(run.weights[3], std::vector<float>{9});
}

// Of another rank, step and place, and of the weights.
std::vector<float> uneven(int rank, std::int64_t step, const std::vector<float>& weights) {
  std::vector<float> gradient;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double phase =
        1.7 * rank + 0.9 * static_cast<double>(step) + 0.3 * static_cast<double>(i);
    gradient.push_back(0.4F * weights[i] + static_cast<float>(std::sin(phase)));
  }
  return gradient;
}

TEST(HybridSgd, OneGroupIsSynchronousSgd) {
  for (const int workers : {1, 2, 4}) {
    TracedOptions options;
    options.initial = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10};
    options.gradient = uneven;
    SyncSgd::Options sync;
    sync.steps = 5;
    sync.workers = workers;
    sync.reducer.batching = ReducerOptions::Batching::buckets;
    const Traced expected = run_traced(SyncSgd(kFourTensors, sync), options);
    for (const int servers : {1, 3}) {
      for (const int in_flight : {1, 5}) {
        const HybridSgd strategy(
            kFourTensors,
            {.steps = 5, .workers = workers, .servers = servers, .in_flight = in_flight});
        const Traced run = run_traced(strategy, options);
        for (int rank = 0; rank < workers; ++rank) {
          const auto& weights = run.weights[static_cast<std::size_t>(rank)];
          for (std::size_t i = 0; i < weights.size(); ++i) {
            EXPECT_NEAR(weights[i], expected.weights[0][i], 1e-5) << workers << ' ' << servers;
          }
        }
        for (const Traced::Update& one : run.updates) EXPECT_EQ(one.record.staleness, 0);
        EXPECT_EQ(run.updates.size(), 5U * 4U);  // steps x tensors
      }
    }
  }
}

// A root sends S and receives S with servers, of which it sends on to the other ranks of its group
// by a binomial tree; servers send 2 G times what they keep, once in and once out.
TEST(HybridSgd, CountsBytes) {
  constexpr double kModel = 10 * 4;
  constexpr int kSteps = 3;
  TracedOptions options;
  options.initial.assign(10, 1);
  options.gradient = uneven;
  const HybridSgd strategy(kFourTensors,
                           {.steps = kSteps, .workers = 4, .groups = 2, .servers = 2});
  const Traced run = run_traced(strategy, options);
  // The root: S to servers, S to its one other rank. That one: S in the reduce.
  for (const std::size_t root : {0U, 2U}) {
    EXPECT_EQ(run.bytes[root], kSteps * 2 * kModel);
    EXPECT_EQ(run.bytes[root + 1], kSteps * kModel);
    EXPECT_EQ(run.messages[root], kSteps * 4);  // a message a tensor
  }
  // In turn: 3 + 1 elements and 2 + 4, each to two groups.
  EXPECT_EQ(run.bytes[4], kSteps * 2 * 4 * 4);
  EXPECT_EQ(run.bytes[5], kSteps * 2 * 6 * 4);
}

TEST(HybridSgd, MomentumIsLessByWhatGroupsAdd) {
  // 1 - 1/G alone comes of G groups: of 0.9, two leave 1 - 2 · 0.1 = 0.8, ten and more nothing.
  EXPECT_DOUBLE_EQ(corrected_momentum(0.9, 1), 0.9);
  EXPECT_NEAR(corrected_momentum(0.9, 2), 0.8, 1e-12);
  EXPECT_NEAR(corrected_momentum(0.9, 10), 0, 1e-12);
  EXPECT_EQ(corrected_momentum(0.9, 20), 0);
  EXPECT_EQ(corrected_momentum(0, 3), 0);
}

TEST(HybridSgd, GroupsMayLeaveBeforeTheirLastStep) {
  TracedOptions options;
  options.initial.assign(10, 1);
  options.gradient = uneven;
  options.ended = [](int rank, std::int64_t step) { return rank < 2 && step == 1; };
  const Traced run = run_traced(
      HybridSgd(kFourTensors, {.steps = 4, .workers = 4, .groups = 2, .servers = 2}), options);
  EXPECT_EQ(run.steps, (std::vector<std::int64_t>{2, 2, 4, 4, 0, 0}));
}

}  // namespace
}  // namespace rehearse
