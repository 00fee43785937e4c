// Synchronous SGD sums gradients in every world, whatever the algorithm and the batching, and makes
// the same calls in all of them.
#include "runtime/strategies/sync_sgd.h"
#include "runtime/worlds/memory_world.h"
#include "tests/worlds/logged_world.h"
#include "tests/worlds/terms.h"

namespace rehearse {
namespace {

using enum Algorithm;

const std::vector<TrainingLayer> kLayers{{0, {}}, {1, {300, 5}}, {2, {}}, {3, {70}}};
constexpr std::int64_t kElements = 375;

class Training : public WorldTest {
 protected:
  static void train(Algorithm algorithm, ReducerOptions::Batching batching, bool overlap,
                    int in_flight = 1);
};
INSTANTIATE_TEST_SUITE_P(Worlds, Training, testing::ValuesIn(worlds_under_test()), world_name);

void Training::train(Algorithm algorithm, ReducerOptions::Batching batching, bool overlap,
                     int in_flight) {
  const int ranks = GetParam().ranks;
  SyncSgd::Options options;
  options.steps = 4;
  options.workers = ranks;
  options.reducer.batching = batching;
  options.reducer.overlap = overlap;
  options.reducer.threshold = Bytes(1000);
  options.reducer.first_bucket = Bytes(100);
  options.reducer.in_flight = in_flight;
  options.reducer.bucket = in_flight > 1 ? Bytes(0) : options.reducer.bucket;
  options.reducer.cycle = Duration(1e-4);
  options.reducer.call = [=](double) { return CollectiveCall{.algorithm = algorithm}; };
  const SyncSgd sgd(kLayers, options);
  std::vector<Numbers> parameters;
  std::vector<Numbers> gradients;
  for (int rank = 0; rank < ranks; ++rank) {
    parameters.push_back(numbers(kElements, all(rank + 7)));
    gradients.push_back(numbers(kElements));
  }
  const auto perform = [&](int rank, const Task& task) {
    const auto me = static_cast<std::size_t>(rank);
    const std::span<float> mine = gradients[me].tensor().values();
    if (task.pass == Pass::backward) {
      // Layer 3's 70 come first, then the 305 of layer 1; the others have none.
      const std::size_t begin = task.layer == 3 ? 0 : 70;
      const std::size_t end = task.layer == 3 ? 70 : task.layer == 1 ? 375 : 70;
      for (std::size_t i = begin; i < end; ++i) mine[i] = term(rank, i);
    } else if (task.pass == Pass::update) {
      const std::span<float> updated = parameters[me].tensor().values();
      for (std::size_t i = 0; i < updated.size(); ++i) updated[i] -= mine[i];
    }
  };
  run(
      [&](World& world) {
        const auto me = static_cast<std::size_t>(world.transport().rank());
        std::int64_t observed = 0;
        sgd.run(world, {parameters[me].tensor(), gradients[me].tensor()},
                [&](std::int64_t step, const StepRecord& record) {
                  EXPECT_EQ(step, observed++);
                  EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(),
                              1e-9);
                });
        EXPECT_EQ(observed, 4);
        // From rank 0's 7, four times the sum is taken away: exact, as all numbers are small and
        // whole.
        EXPECT_TRUE(parameters[me].are([&](std::size_t i) { return 7 - 4 * sums(ranks)(i); }));
      },
      perform);
}

TEST_P(Training, WithEveryBatching) {
  for (const auto batching :
       {ReducerOptions::Batching::horovod, ReducerOptions::Batching::buckets}) {
    for (const bool overlap : {true, false}) {
      for (const Algorithm algorithm : {ring, native}) train(algorithm, batching, overlap);
    }
  }
}

TEST_P(Training, WithSeveralAllReducesInFlight) {
  for (const bool overlap : {true, false}) {
    for (const Algorithm algorithm : {ring, recursive_doubling, native}) {
      for (const int in_flight : {2, 3, 5}) {
        train(algorithm, ReducerOptions::Batching::buckets, overlap, in_flight);
      }
    }
  }
}

// Fixed buckets, because Horovod's batches depend on time by design.
TEST_P(Training, MakesTheCallsThatItMakesInMemory) {
  const int ranks = GetParam().ranks;
  SyncSgd::Options options;
  options.steps = 3;
  options.workers = ranks;
  options.reducer.batching = ReducerOptions::Batching::buckets;
  options.reducer.first_bucket = Bytes(100);
  const SyncSgd sgd(kLayers, options);
  const auto train = [&](World& world, Numbers data) {
    const auto logs = std::make_shared<CallLogs>();
    LoggedWorld logged(world, logs);
    sgd.run(logged, {data.tensor(), data.tensor()}, [](std::int64_t, const StepRecord&) {});
    return to_text(*logs);
  };
  std::vector<std::string> in_memory(static_cast<std::size_t>(ranks));
  run_in_memory(ranks, {}, [&](World& world) {
    in_memory[static_cast<std::size_t>(world.transport().rank())] =
        train(world, Numbers({.numbers = true}, kElements, all(1)));
  });
  run([&](World& world) {
    EXPECT_EQ(train(world, numbers(kElements, all(1))),
              in_memory[static_cast<std::size_t>(world.transport().rank())]);
  });
}

}  // namespace
}  // namespace rehearse
