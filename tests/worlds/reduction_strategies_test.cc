// Strategies that reduce otherwise make the same calls and send the same bytes in every world.
#include <array>

#include "runtime/compression/coded_sum.h"
#include "runtime/strategies/lagged_sgd.h"
#include "runtime/strategies/local_sgd.h"
#include "runtime/strategies/priority_sgd.h"
#include "runtime/worlds/memory_world.h"
#include "tests/worlds/logged_world.h"
#include "tests/worlds/terms.h"

namespace rehearse {
namespace {

const std::vector<TrainingLayer> kLayers{{0, {}}, {1, {300, 5}}, {2, {}}, {3, {70}}};
constexpr std::int64_t kElements = 375;
constexpr std::int64_t kSteps = 5;

class ReductionStrategies : public WorldTest {};
INSTANTIATE_TEST_SUITE_P(Worlds, ReductionStrategies, testing::ValuesIn(worlds_under_test()),
                         world_name);

// Fixed buckets, because Horovod's batches depend on time by design.
ReducerOptions reducer(Compression compression) {
  ReducerOptions options;
  options.batching = ReducerOptions::Batching::buckets;
  options.first_bucket = Bytes(100);
  options.bucket = Bytes(400);
  options.codec = make_codec(compression, 0.1);
  if (options.codec && options.codec->adds_up()) options.type = options.codec->type();
  return options;
}

constexpr std::array kCompressions{Compression::none, Compression::fp16, Compression::bf16,
                                   Compression::topk, Compression::onebit};

std::unique_ptr<Strategy> synchronous(int ranks, Compression compression) {
  return std::make_unique<SyncSgd>(
      kLayers,
      SyncSgd::Options{.steps = kSteps, .workers = ranks, .reducer = reducer(compression)});
}

std::unique_ptr<Strategy> lagged(int ranks, Compression compression) {
  return std::make_unique<LaggedSgd>(kLayers, LaggedSgd::Options{.steps = kSteps,
                                                                 .workers = ranks,
                                                                 .reducer = reducer(compression),
                                                                 .lag = 2,
                                                                 .sync_last = 1});
}

std::unique_ptr<Strategy> local(int ranks, Compression compression) {
  return std::make_unique<LocalSgd>(
      kLayers,
      LocalSgd::Options{
          .steps = kSteps, .workers = ranks, .reducer = reducer(compression), .local_steps = 2});
}

std::unique_ptr<Strategy> by_priority(int ranks, Compression compression) {
  return std::make_unique<PrioritySgd>(
      kLayers,
      PrioritySgd::Options{.steps = kSteps, .workers = ranks, .reducer = reducer(compression)});
}

// What a rank called, and the bytes that it sent. Which unit comes first depends on time.
struct Done {
  std::string calls;
  double sent = 0;
};

Done train(World& world, const Strategy& strategy, const Promises& promises) {
  Numbers parameters(promises, kElements, all(1));
  Numbers gradients(promises, kElements, all(1));
  std::vector<std::unique_ptr<Numbers>> more;
  ModelTensors model{parameters.tensor(), gradients.tensor()};
  model.allocate = [&](std::int64_t elements) {
    return more.emplace_back(std::make_unique<Numbers>(promises, elements, all(0)))->tensor();
  };
  const auto logs = std::make_shared<CallLogs>();
  LoggedWorld logged(world, logs);
  std::int64_t observed = 0;
  strategy.run(logged, model, [&](std::int64_t step, const StepRecord& record) {
    EXPECT_EQ(step, observed++);
    EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-9);
  });
  EXPECT_EQ(observed, kSteps);
  // Background tasks are done: the main task waits for all that they sum.
  return {to_text(*logs), world.transport().sent().value()};
}

using Make = std::unique_ptr<Strategy> (*)(int ranks, Compression compression);

TEST_P(ReductionStrategies, DoTheSameAsInMemory) {
  const int ranks = GetParam().ranks;
  const std::array<Make, 4> makers{synchronous, lagged, local, by_priority};
  for (const Make make : makers) {
    for (const Compression compression : kCompressions) {
      const auto strategy = make(ranks, compression);
      std::vector<Done> in_memory(static_cast<std::size_t>(ranks));
      run_in_memory(ranks, {}, [&](World& world) {
        in_memory[static_cast<std::size_t>(world.transport().rank())] =
            train(world, *strategy, {.numbers = true});
      });
      run([&](World& world) {
        const Done& expected = in_memory[static_cast<std::size_t>(world.transport().rank())];
        const Done got = train(world, *strategy, promises());
        EXPECT_EQ(got.sent, expected.sent);
        EXPECT_TRUE(make == by_priority || got.calls == expected.calls)
            << got.calls << "in place of\n"
            << expected.calls;
      });
    }
  }
}

// Halves and bytes, whatever carries them.
TEST_P(ReductionStrategies, CarryNumbersOfTwoBytes) {
  const int ranks = GetParam().ranks;
  run([&](World& world) {
    for (const Algorithm algorithm :
         {Algorithm::ring, Algorithm::recursive_doubling, Algorithm::native}) {
      const CodedCalls calls{
          [&](double) { return CollectiveCall{.algorithm = algorithm}; },
          [](double) { return CollectiveCall{.operation = Operation::all_gather}; }};
      const int rank = world.transport().rank();
      for (const Compression compression : kCompressions) {
        if (compression == Compression::none) continue;
        CodedSum coded(make_codec(compression, 1), {64, 1}, cpu_backend());
        Numbers gradients = numbers(65, all(rank + 1));
        coded.sum(world, *world.transport().world(), calls, {0, 2}, gradients.tensor(), 0);
        // Exact in 2 bytes, as pairs of all numbers, and as the mean of equal numbers.
        EXPECT_TRUE(gradients.are(all(ranks * (ranks + 1) / 2)));
      }
    }
  });
}

}  // namespace
}  // namespace rehearse
