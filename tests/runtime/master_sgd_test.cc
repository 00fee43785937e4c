// Training around masters, followed by hand (formulas: NNLO, train/algo.py).
#include "runtime/strategies/master_sgd.h"

#include <gtest/gtest.h>

#include "tests/runtime/traced_training.h"

namespace rehearse {
namespace {

using Ages = std::vector<std::int64_t>;
using Ranks = std::vector<int>;

const std::vector<TrainingLayer> kOneWeight{{1, {1}}};

MasterSgd::Options of(int workers, std::int64_t steps, std::int64_t sync_every = 1) {
  return {.steps = steps, .workers = workers, .sync_every = sync_every};
}

// A loss of (r + 1) w^2 / 2 on rank r, w = 8 at first, rate 0.5. Exchanges happen in the order of
// `order`; a turn ends with the exchange of the worker.
Traced in_order(const Strategy& strategy, const std::vector<int>& order,
                std::int64_t sync_every = 1) {
  Turns turns(order);
  TracedOptions options;
  options.initial = {8};
  options.gradient = [&](int rank, std::int64_t step, const std::vector<float>& weights) {
    if (step % sync_every == 0) turns.wait(rank, rank);
    return std::vector<float>{static_cast<float>(rank + 1) * weights[0]};
  };
  options.stepped = [&](int, std::int64_t step) {
    if ((step + 1) % sync_every == 0) turns.end();
  };
  return run_traced(strategy, options);
}

// The master W = 8, its optimizer takes what weights have moved as it is (SGD).
//   worker 0: g 8, 8 -> 4, moved 4     W = 8 - 4 = 4
//   worker 1: g 16, 8 -> 0, moved 8    W = 4 - 8 = -4    one update since it got its weights
//   worker 1: g -8, -4 -> 0, moved -4  W = -4 + 4 = 0
//   worker 0: g 4, 4 -> 2, moved 2     W = 0 - 2 = -2    two updates since
TEST(Downpour, AppliesHowFarWeightsHaveMoved) {
  const Traced run = in_order(Downpour(kOneWeight, of(2, 2), false), {0, 1, 1, 0});
  EXPECT_EQ(run.weights[2], std::vector<float>{-2});
  EXPECT_EQ(run.weights[0], std::vector<float>{-2});
  EXPECT_EQ(run.weights[1], std::vector<float>{0});
  EXPECT_EQ(run.who(2), (Ranks{0, 1, 1, 0}));
  EXPECT_EQ(run.staleness(2), (Ages{0, 1, 0, 2}));
}

// Two steps by themselves, then an exchange.
//   worker 0: 8 -> 4 -> 2, moved 6                     W = 8 - 6 = 2
//   worker 1: g 16, 8 -> 0; g 0, 0 -> 0; moved 8       W = 2 - 8 = -6
//   worker 1: g -12, -6 -> 0; 0; moved -6              W = -6 + 6 = 0
//   worker 0: 2 -> 1 -> 0.5, moved 1.5                 W = -1.5
TEST(Downpour, ExchangesEverySoManySteps) {
  const Traced run = in_order(Downpour(kOneWeight, of(2, 4, 2), false), {0, 1, 1, 0}, 2);
  EXPECT_EQ(run.weights[2], std::vector<float>{-1.5F});
  EXPECT_EQ(run.staleness(2), (Ages{0, 1, 0, 2}));
}

// Gated, both updates are added up and applied together: 95 % of two workers are two.
//   moved 4 and 8     W = 8 - 12 = -4, which both get
//   worker 0: g -4, moved -2;  worker 1: g -8, moved -4     W = -4 + 6 = 2
TEST(Downpour, GatedAddsUpWhatIsOfTheNewestWeights) {
  TracedOptions options;
  options.initial = {8};
  options.gradient = [](int rank, std::int64_t, const std::vector<float>& weights) {
    return std::vector<float>{static_cast<float>(rank + 1) * weights[0]};
  };
  const Traced run = run_traced(Downpour(kOneWeight, of(2, 2), true), options);
  for (const auto& weights : run.weights) EXPECT_EQ(weights, std::vector<float>{2});
  EXPECT_EQ(run.staleness(2), Ages(4, 0));
}

// Of 20 workers 0.95 · 20 = 19 are waited for. Each moves by 0.5 · 1; the sum of 19 is applied:
// W = 8 - 9.5 = -1.5. The last one comes late, is refused, and gets these weights.
TEST(Downpour, GatedRefusesWhatIsOfOldWeights) {
  constexpr int kWorkers = 20;
  Turns late({kWorkers - 1});
  std::atomic<int> reported = 0;
  Turns* const turn = &late;
  std::mutex mutex;
  std::condition_variable changed;
  TracedOptions options;
  options.initial = {8};
  options.gradient = [&](int rank, std::int64_t, const std::vector<float>&) {
    if (rank == kWorkers - 1) {
      turn->wait(rank, rank);
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait_for(lock, std::chrono::seconds(20), [&] { return reported == kWorkers - 1; });
    }
    return std::vector<float>{1};
  };
  options.updated = [&](int, const UpdateRecord&) {
    const std::lock_guard<std::mutex> lock(mutex);
    ++reported;
    changed.notify_all();
  };
  const Traced run = run_traced(Downpour(kOneWeight, of(kWorkers, 1), true), options);
  EXPECT_EQ(run.weights[kWorkers], std::vector<float>{-1.5F});
  EXPECT_EQ(run.weights[kWorkers - 1], std::vector<float>{-1.5F});
  ASSERT_EQ(run.updates.size(), 20U);
  EXPECT_FALSE(run.updates.back().record.applied);
  EXPECT_EQ(run.updates.back().record.staleness, 1);
  EXPECT_EQ(run.updates.back().record.worker, kWorkers - 1);
}

// Force 0.8 over two workers: a = 0.4. The master answers before it moves.
//   worker 0: 8 -> 4; W = 8:      x = 4 - 0.4 (4 - 8) = 5.6;          W = 8 - 0.4 (8 - 4) = 6.4
//   worker 1: 8 -> 0; W = 6.4:    x = 0 + 0.4 · 6.4 = 2.56;           W = 6.4 - 0.4 · 6.4 = 3.84
//   worker 1: 2.56 -> 0; W = 3.84: x = 1.536;                         W = 3.84 - 1.536 = 2.304
//   worker 0: 5.6 -> 2.8; W = 2.304: x = 2.8 - 0.4 · 0.496 = 2.6016;
//             W = 2.304 - 0.4 (2.304 - 2.8) = 2.5024
TEST(Easgd, WeightsAndCentrePullEachOther) {
  const Traced run = in_order(Easgd(kOneWeight, of(2, 2), 0.8), {0, 1, 1, 0});
  EXPECT_NEAR(run.weights[0][0], 2.6016, 1e-6);
  EXPECT_NEAR(run.weights[1][0], 1.536, 1e-6);
  EXPECT_NEAR(run.weights[2][0], 2.5024, 1e-6);
  // Updates of the centre between two exchanges of a worker.
  EXPECT_EQ(run.staleness(2), (Ages{0, 1, 0, 2}));
}

// kappa 2, momentum 0.5, lr 0.1. A worker has moved from `set` to x; W is the master's.
//   worker 0: 8 -> 4; W = 8:   d = 0.1 (4 - 8) = -0.4, m = -0.4, c = 8 - 8 = 0,
//             pi = 0.8 / 0.4 = 2, u = -0.8          x = W = 7.2
//   worker 1: 8 -> 0; W = 7.2: d = -0.8, m = -0.8, c = 7.2 - 8 = -0.8,
//             pi = (1.6 - 0.8) / 0.8 = 1, u = -0.8  x = W = 6.4
//   worker 1: 6.4 -> 0; W = 6.4: d = -0.64, m = -0.4 - 0.64 = -1.04, c = 6.4 - 7.2 = -0.8,
//             pi = (2.08 - 0.8) / 0.64 = 2, u = -1.28   x = W = 5.12
//   worker 0: 7.2 -> 3.6; W = 5.12: d = -0.36, m = -0.2 - 0.36 = -0.56, c = 5.12 - 8 = -2.88,
//             pi = (1.12 - 2.88) / 0.36 < 0, so 0; u = 0    x = W = 5.12
TEST(Gem, MatchesTheFormulas) {
  const Traced run =
      in_order(Gem(kOneWeight, of(2, 2), {.kappa = 2, .momentum = 0.5, .lr = 0.1}), {0, 1, 1, 0});
  EXPECT_NEAR(run.weights[0][0], 5.12, 1e-5);
  EXPECT_NEAR(run.weights[1][0], 5.12, 1e-5);
  EXPECT_NEAR(run.weights[2][0], 5.12, 1e-5);
  EXPECT_EQ(run.staleness(2), (Ages{0, 1, 0, 2}));
}

// Two sub-masters with a worker each: what they add up to is what one master would have, because
// every update goes on to the top before it is answered. Ranks: workers 0 and 1, top 2, then 3, 4.
TEST(Downpour, SubMastersHandUpdatesOn) {
  MasterSgd::Options options = of(2, 2);
  options.sub_masters = 2;
  const Downpour strategy(kOneWeight, options, false);
  EXPECT_EQ(strategy.roles(), Roles(2, 0, 3));
  const Traced run = in_order(strategy, {0, 1, 1, 0});
  EXPECT_EQ(run.weights[2], std::vector<float>{-2});
  EXPECT_EQ(run.weights[3], std::vector<float>{-2});  // exchanged last
  EXPECT_EQ(run.weights[4], std::vector<float>{0});
  EXPECT_EQ(run.who(2), (Ranks{3, 4, 4, 3}));
  EXPECT_EQ(run.staleness(2), (Ages{0, 1, 0, 2}));
  EXPECT_EQ(run.staleness(3), (Ages{0, 0}));  // of its only worker
}

// A sub-master of two workers, which goes to the top with every second update.
//   worker 0 of 8: moved 4, sub = 4.   worker 1 of 8: moved 8, sub = 4 - 8 = -4, moved 12 since 8:
//   top = 8 - 12 = -4, which worker 1 gets.  worker 1: g -8, moved -4, sub = 0.
//   worker 0 of 4: moved 2, sub = -2, moved -4 + 2 = -2: top = -4 + 2 = -2.
TEST(Downpour, SubMastersGoToTheTopEverySoManyUpdates) {
  MasterSgd::Options options = of(2, 4, 2);
  options.sub_masters = 1;
  Turns turns({0, 1, 1, 0});
  TracedOptions traced;
  traced.initial = {8};
  // The second of two steps moves nothing.
  traced.gradient = [&](int rank, std::int64_t step, const std::vector<float>& weights) {
    if (step % 2 == 1) return std::vector<float>{0};
    turns.wait(rank, rank);
    return std::vector<float>{static_cast<float>(rank + 1) * weights[0]};
  };
  traced.stepped = [&](int, std::int64_t step) {
    if (step % 2 == 1) turns.end();
  };
  const Traced run = run_traced(Downpour(kOneWeight, options, false), traced);
  EXPECT_EQ(run.weights[2], std::vector<float>{-2});
  EXPECT_EQ(run.who(2), (Ranks{3, 3}));
  EXPECT_EQ(run.who(3), (Ranks{0, 1, 1, 0}));
}

// A worker of two ranks, which share its batch: the mean of w and 2 w is 1.5 w.
//   8: g 12, 8 -> 2, moved 6, W = 2;  2: g 3, 2 -> 0.5, moved 1.5, W = 0.5.
// Only the first rank talks to the master; the other gets its weights before each step.
TEST(MasterSgd, AWorkerMayBeARingOfTwo) {
  MasterSgd::Options options = of(2, 2);
  options.processes = 2;
  TracedOptions traced;
  traced.initial = {8};
  traced.gradient = [](int rank, std::int64_t, const std::vector<float>& weights) {
    return std::vector<float>{static_cast<float>(rank + 1) * weights[0]};
  };
  const Traced run = run_traced(Downpour(kOneWeight, options, false), traced);
  EXPECT_EQ(run.weights, (std::vector<std::vector<float>>(3, {0.5F})));
  EXPECT_EQ(run.who(2), (Ranks{0, 0}));
  EXPECT_EQ(run.staleness(2), (Ages{0, 0}));
  EXPECT_EQ(run.messages[1], 0);
}

// 2 L + 5 messages of both ends for each accepted exchange, 2 L + 3 of gem; each worker says
// goodbye with one more. L = 3.
TEST(MasterSgd, CountsMessages) {
  const std::vector<TrainingLayer> layers{{1, {4, 2}}, {2, {3}}};
  constexpr int kWorkers = 3;
  constexpr std::int64_t kSteps = 4;
  const auto total = [&](const Strategy& strategy) {
    TracedOptions options;
    options.initial.assign(9, 1);
    options.gradient = [](int, std::int64_t, const std::vector<float>& w) { return w; };
    std::int64_t sum = 0;
    for (const std::int64_t one : run_traced(strategy, options).messages) sum += one;
    return sum;
  };
  const std::int64_t exits = kWorkers;
  EXPECT_EQ(total(Downpour(layers, of(kWorkers, kSteps), false)), 12 * (2 * 3 + 5) + exits);
  EXPECT_EQ(total(Easgd(layers, of(kWorkers, kSteps), 0.9)), 12 * (2 * 3 + 5) + exits);
  EXPECT_EQ(total(Gem(layers, of(kWorkers, kSteps), {})), 12 * (2 * 3 + 3) + exits);
  EXPECT_EQ(total(Downpour(layers, of(kWorkers, kSteps, 2), false)), 6 * (2 * 3 + 5) + exits);
}

TEST(MasterSgd, WorkersMayLeaveBeforeTheirLastStep) {
  TracedOptions options;
  options.initial = {8};
  options.gradient = [](int, std::int64_t, const std::vector<float>& w) { return w; };
  options.ended = [](int rank, std::int64_t step) { return rank == 1 && step == 1; };
  const Downpour plain(kOneWeight, of(3, 4), false);
  const Downpour gated(kOneWeight, of(3, 4), true);
  const Easgd easgd(kOneWeight, of(3, 4), 0.9);
  const Gem gem(kOneWeight, of(3, 4), {});
  const std::vector<const Strategy*> all{&plain, &gated, &easgd, &gem};
  for (const Strategy* strategy : all) {
    EXPECT_EQ(run_traced(*strategy, options).steps, (Ages{4, 2, 4, 0})) << strategy->name();
  }
}

}  // namespace
}  // namespace rehearse
