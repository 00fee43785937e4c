// Strategies with servers and masters on a simulated switch: what each rank sends is what it sends
// in memory and what the formulas say, and what a slow worker costs whom.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "one_switch.h"
#include "runtime/strategies/hybrid_sgd.h"
#include "runtime/strategies/master_sgd.h"
#include "runtime/strategies/parameter_server.h"
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSteps = 3;
constexpr int kWorkers = 4;
// 40,000, 20,000, 10,000 and 10,000 elements: 320 kB.
const std::vector<TrainingLayer> kLayers{{0, {40'000, 20'000}}, {1, {10'000, 10'000}}};
constexpr std::int64_t kElements = 80'000;
constexpr double kModel = 4.0 * kElements;

struct Sent {
  std::vector<double> bytes, messages;  // by rank

  bool operator==(const Sent&) const = default;
};

OneSwitch cluster_of(const Strategy& strategy, Fidelity fidelity, int steps) {
  OneSwitch cluster = two_layers_on(strategy.roles().ranks(), fidelity);
  cluster.noise = OneSwitch::quiet(steps);
  cluster.costs.memory = Bandwidth(500e9);
  cluster.costs.parameters = kElements;
  return cluster;
}

Sent sent_in_simulation(const Strategy& strategy, Fidelity fidelity) {
  const auto ranks = static_cast<std::size_t>(strategy.roles().ranks());
  const Tensor all{nullptr, kElements};
  std::vector<double> numbers = forked([&] {
    std::vector<double> sent(2 * ranks);
    OneSwitch cluster = cluster_of(strategy, fidelity, kSteps);
    simulate_on(cluster, [&](World& world, const StepObserver& observe) {
      const auto me = static_cast<std::size_t>(world.transport().rank());
      strategy.run(world, {all, all}, [&](std::int64_t step, const StepRecord& record) {
        EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-12);
        observe(step, record);
      });
      sent[me] = world.transport().sent().value();
      sent[ranks + me] = static_cast<double>(world.transport().messages_sent());
    });
    sent.push_back(testing::Test::HasFailure() ? 1 : 0);
    return sent;
  });
  numbers.resize(2 * ranks + 1);
  EXPECT_EQ(numbers.back(), 0) << "see above";
  numbers.pop_back();
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(ranks);
  return {{numbers.begin(), middle}, {middle, numbers.end()}};
}

Sent sent_in_memory(const Strategy& strategy) {
  const auto ranks = static_cast<std::size_t>(strategy.roles().ranks());
  Sent sent{std::vector<double>(ranks), std::vector<double>(ranks)};
  run_in_memory(static_cast<int>(ranks), {}, [&](World& world) {
    const auto me = static_cast<std::size_t>(world.transport().rank());
    std::vector<float> parameters(kElements);
    std::vector<float> gradients(kElements);
    std::vector<std::unique_ptr<std::vector<float>>> memory;
    ModelTensors model{tensor_of(parameters), tensor_of(gradients)};
    model.allocate = [&](std::int64_t elements) {
      memory.push_back(std::make_unique<std::vector<float>>(static_cast<std::size_t>(elements)));
      return tensor_of(*memory.back());
    };
    strategy.run(world, model, [](std::int64_t, const StepRecord&) {});
    sent.bytes[me] = world.transport().sent().value();
    sent.messages[me] = static_cast<double>(world.transport().messages_sent());
  });
  return sent;
}

void expect_sent(const Strategy& strategy, const Sent& expected) {
  EXPECT_EQ(sent_in_memory(strategy), expected) << strategy.name() << " in memory";
  EXPECT_EQ(sent_in_simulation(strategy, Fidelity::flow), expected) << strategy.name() << " flow";
  EXPECT_EQ(sent_in_simulation(strategy, Fidelity::message), expected)
      << strategy.name() << " message";
}

// A worker pushes S in a step and is sent S; the servers send S to each worker, split as they share
// the model. In turn: 40,000 and 10,000 elements | 20,000 and 10,000. A tensor is a message.
TEST(Sent, ByWorkersAndServers) {
  for (const int servers : {1, 2}) {
    const ParameterServerSgd::Options options{
        .steps = kSteps, .workers = kWorkers, .servers = servers};
    const std::vector<double> shares =
        servers == 1 ? std::vector<double>{1} : std::vector<double>{5.0 / 8, 3.0 / 8};
    Sent expected{std::vector<double>(kWorkers, kSteps * kModel),
                  std::vector<double>(kWorkers, kSteps * 4)};
    for (const double share : shares) {
      expected.bytes.push_back(kSteps * kWorkers * kModel * share);
      expected.messages.push_back(kSteps * kWorkers * 4.0 / servers);
    }
    expect_sent(AsyncPs(kLayers, options), expected);
    expect_sent(SyncBackupPs(kLayers, options, kWorkers), expected);
  }
}

// Of an exchange, downpour and easgd: a worker sends two words and S, the master a word, its time,
// "begin weights" and S. gem: two words and S, and one word and S. A worker leaves with a word.
TEST(Sent, ByWorkersAndMaster) {
  const MasterSgd::Options options{.steps = kSteps, .workers = kWorkers};
  constexpr double kWord = 4;
  Sent expected{std::vector<double>(kWorkers, kSteps * (kModel + 2 * kWord) + kWord),
                std::vector<double>(kWorkers, kSteps * (4 + 2) + 1)};
  Sent gem = expected;
  expected.bytes.push_back(kSteps * kWorkers * (kModel + 3 * kWord));
  expected.messages.push_back(kSteps * kWorkers * (4 + 3));
  expect_sent(Downpour(kLayers, options, false), expected);
  expect_sent(Easgd(kLayers, options, 0.9), expected);
  gem.bytes.push_back(kSteps * kWorkers * (kModel + kWord));
  gem.messages.push_back(kSteps * kWorkers * (4 + 1));
  expect_sent(Gem(kLayers, options, {}), gem);
}

// Groups of two: a root sends S to servers and S to its other rank, which sends S to it.
TEST(Sent, ByRootsAndServers) {
  const HybridSgd strategy(kLayers,
                           {.steps = kSteps, .workers = kWorkers, .groups = 2, .servers = 2});
  Sent expected;
  for (int group = 0; group < 2; ++group) {
    expected.bytes.push_back(kSteps * 2 * kModel);
    expected.bytes.push_back(kSteps * kModel);
    expected.messages.push_back(kSteps * 4);
    expected.messages.push_back(0);
  }
  for (const double share : {5.0 / 8, 3.0 / 8}) {
    expected.bytes.push_back(kSteps * 2 * kModel * share);
    expected.messages.push_back(kSteps * 2 * 2);
  }
  expect_sent(strategy, expected);
}

struct Rated {
  double rate = 0;  // steps of all workers per second
  double mean_staleness = 0;
  double server_wait = 0;  // s per step
};

Rated rated(const Strategy& strategy, const OneSwitch& cluster) {
  const std::vector<double> numbers = forked([&] {
    const SimulationSummary summary = simulate_with(
        cluster, [&](const SimulationOptions& options) { return simulate(options, strategy); });
    const auto staleness = summary_of(summary.staleness);
    Duration waited;
    for (const StepRecord& step : summary.steps) waited += step.parts[StepPhase::server_wait];
    return std::vector<double>{summary.rates.front(), staleness ? staleness->mean : 0,
                               waited.value() / static_cast<double>(summary.steps.size())};
  });
  return {numbers.at(0), numbers.at(1), numbers.at(2)};
}

// One worker of N computes for twice as long. Asynchronous: it alone does half of its steps, so the
// sum is 1 - 1/(2 N) of what it was; synchronous: all do. Messages take 1 % of a step here.
TEST(SlowWorker, CostsAsynchronousOnesItsOwnStepsOnly) {
  constexpr int kMany = 40;
  const ParameterServerSgd::Options options{.steps = kMany, .workers = kWorkers, .servers = 2};
  const AsyncPs async(kLayers, options);
  const SyncBackupPs sync(kLayers, options, kWorkers);
  for (const Strategy* strategy :
       {static_cast<const Strategy*>(&async), static_cast<const Strategy*>(&sync)}) {
    OneSwitch cluster = cluster_of(*strategy, Fidelity::flow, kMany);
    cluster.injection.bandwidth = Bandwidth(100e9);
    const double equal = rated(*strategy, cluster).rate;
    // The draw of the seed decides which nodes are slow: look for one of the workers alone.
    cluster.noise.slow_share = 0.2;
    cluster.noise.slow_factor = 2;
    for (cluster.noise.seed = 1; cluster.noise.seed < 100; ++cluster.noise.seed) {
      std::vector<std::int64_t> nodes(static_cast<std::size_t>(cluster.ranks));
      std::iota(nodes.begin(), nodes.end(), std::int64_t{0});
      const NoiseModel noise(cluster.noise, nodes);
      int slow = 0;
      for (int rank = 0; rank < cluster.ranks; ++rank) {
        slow += noise.compute(rank, 0) > 1.5 ? (rank < kWorkers ? 1 : 100) : 0;
      }
      if (slow == 1) break;
    }
    const double with_slow = rated(*strategy, cluster).rate;
    const double expected = strategy == &async ? 1 - 1.0 / (2 * kWorkers) : 0.5;
    EXPECT_NEAR(with_slow / equal, expected, 0.01) << strategy->name();
  }
}

// Nobody overtakes nobody: P equal workers are P - 1 updates behind, but in their first step.
TEST(Staleness, OfEqualWorkersIsOneLessThanThere) {
  constexpr int kMany = 50;
  const AsyncPs strategy(kLayers, {.steps = kMany, .workers = kWorkers});
  const Rated run = rated(strategy, cluster_of(strategy, Fidelity::flow, kMany));
  // First steps: 0 + 1 + 2 + 3 instead of 4 · 3, of 200 updates.
  EXPECT_NEAR(run.mean_staleness, 3 - (12.0 - 6) / (kWorkers * kMany), 1e-9);
}

// Equal workers keep in step: all fetch together, compute for 60 ms and send together, 320 kB each.
// Over the server's link of 10 MB/s 4 of them take 4 · 32 = 128 ms, each way.
TEST(AsyncPs, EqualWorkersShareTheLinkOfTheServer) {
  constexpr int kMany = 20;
  const AsyncPs strategy(kLayers, {.steps = kMany, .workers = kWorkers});
  OneSwitch cluster = cluster_of(strategy, Fidelity::flow, kMany);
  cluster.injection.bandwidth = Bandwidth(10e6);
  EXPECT_NEAR(rated(strategy, cluster).rate, kWorkers / (0.060 + 2 * 0.128), 0.05);
}

// Going through 320 kB of weights, gradient and result at 32 MB/s takes 30 ms: of four that come
// together the last waits for the others.
TEST(ServerWait, AppearsWhereTheServerIsBusy) {
  constexpr int kMany = 20;
  const AsyncPs strategy(kLayers, {.steps = kMany, .workers = kWorkers});
  OneSwitch cluster = cluster_of(strategy, Fidelity::flow, kMany);
  EXPECT_LT(rated(strategy, cluster).server_wait, 1e-4);
  cluster.costs.update = {Duration(0.030), Duration(0)};
  const Rated busy = rated(strategy, cluster);
  EXPECT_GT(busy.server_wait, 0.030);
  EXPECT_NEAR(busy.rate, 1 / 0.030, 2);  // the server does nothing else
}

// With noise, workers overtake each other: the mean stays, the oldest get older.
TEST(Staleness, OfEightWorkersWithNoise) {
  constexpr int kMany = 200;
  const AsyncPs strategy(kLayers, {.steps = kMany, .workers = 8});
  OneSwitch cluster = cluster_of(strategy, Fidelity::flow, kMany);
  cluster.noise.compute_cv = 0.2;
  const std::vector<double> numbers = forked([&] {
    const SimulationSummary summary = simulate_with(
        cluster, [&](const SimulationOptions& options) { return simulate(options, strategy); });
    const StalenessCounts& counts = summary.staleness;
    return std::vector<double>{summary_of(counts)->mean,
                               static_cast<double>(staleness_quantile(counts, 0.5)),
                               static_cast<double>(staleness_quantile(counts, 0.9)),
                               static_cast<double>(staleness_quantile(counts, 0.99))};
  });
  EXPECT_NEAR(numbers.at(0), 7, 0.1);
  EXPECT_EQ(numbers.at(1), 7);
  EXPECT_GE(numbers.at(2), 8);
  EXPECT_LE(numbers.at(2), 9);
  EXPECT_GE(numbers.at(3), 10);
  EXPECT_LE(numbers.at(3), 12);
}

}  // namespace
}  // namespace rehearse
