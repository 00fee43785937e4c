// Strategies with servers and masters compute the same in every world that has messages.
#include <gtest/gtest.h>

#include <memory>

#include "runtime/strategies/hybrid_sgd.h"
#include "runtime/strategies/master_sgd.h"
#include "runtime/strategies/parameter_server.h"
#include "runtime/worlds/memory_world.h"
#include "tests/worlds/logged_world.h"
#include "tests/worlds/terms.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSteps = 3;
// The 70 of the second layer come first in flat arrays.
const std::vector<TrainingLayer> kLayers{{0, {300, 5}}, {1, {70}}};
constexpr std::int64_t kElements = 375;

// The last of all ranks serves, the others work.
class Strategies : public WorldTest {
 protected:
  // What is left with whoever keeps the parameters is as `expected` says, and every worker observes
  // every step.
  static void train(const Strategy& strategy, const Rule& initial, const Rule& expected) {
    const auto ranks = static_cast<std::size_t>(GetParam().ranks);
    std::vector<Numbers> parameters(ranks, numbers(kElements, initial));
    std::vector<Numbers> gradients(ranks, numbers(kElements));
    const auto perform = [&](int rank, const Task& task) {
      const auto me = static_cast<std::size_t>(rank);
      const std::span<float> own = gradients[me].tensor().values();
      if (task.pass == Pass::backward) {
        const std::size_t begin = task.layer == 1 ? 0 : 70;
        const std::size_t end = task.layer == 1 ? 70 : kElements;
        for (std::size_t i = begin; i < end; ++i) own[i] = term(rank, i);
      } else if (task.pass == Pass::update) {
        const auto first = static_cast<std::size_t>(task.range.begin);
        const auto size = static_cast<std::size_t>(task.range.size());
        const std::span<float> updated = parameters[me].tensor().values().subspan(first, size);
        const float* from = task.gradients.elements > 0 ? task.gradients.floats() : &own[first];
        const auto scale = static_cast<float>(task.scale);
        for (std::size_t i = 0; i < size; ++i) updated[i] -= scale * from[i];
      }
    };
    run(
        [&](World& world) {
          const int rank = world.transport().rank();
          const auto me = static_cast<std::size_t>(rank);
          std::vector<std::unique_ptr<Numbers>> memory;
          ModelTensors model{parameters[me].tensor(), gradients[me].tensor()};
          model.allocate = [&](std::int64_t elements) {
            memory.push_back(std::make_unique<Numbers>(numbers(elements)));
            return memory.back()->tensor();
          };
          std::int64_t updates = 0;
          model.updated = [&](const UpdateRecord& update) {
            updates += update.applied;
            EXPECT_GE(update.staleness, 0);
          };
          std::int64_t observed = 0;
          strategy.run(world, model, [&](std::int64_t step, const StepRecord& record) {
            EXPECT_EQ(step, observed++);
            EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-9);
          });
          const bool works = strategy.roles().of(rank) == Role::worker;
          EXPECT_EQ(observed, works ? kSteps : 0);
          EXPECT_EQ(updates > 0, !works);
          if (!works) {
            EXPECT_TRUE(parameters[me].are(expected));
          }
          world.transport().agree_min(*world.transport().world(), 0);
        },
        perform);
  }
  static int workers() { return GetParam().ranks - 1; }
};

INSTANTIATE_TEST_SUITE_P(Worlds, Strategies, testing::ValuesIn(worlds_with(&Promises::messages)),
                         world_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Strategies);  // some programs have no such world

// Gradients do not depend on the weights, so that their order does not matter: all are taken away,
// exactly, as all numbers are small and whole.
TEST_P(Strategies, AsyncPsAppliesAllGradients) {
  const AsyncPs strategy(kLayers, {.steps = kSteps, .workers = workers()});
  train(strategy, all(7), [](std::size_t i) { return 7 - kSteps * sums(workers())(i); });
}

// Downpour's workers move by their gradients, and the master by what they have moved.
TEST_P(Strategies, DownpourAppliesAllMoves) {
  const Downpour strategy(kLayers, {.steps = kSteps, .workers = workers()}, false);
  train(strategy, all(7), [](std::size_t i) { return 7 - kSteps * sums(workers())(i); });
}

// Without a force neither workers nor the centre are pulled.
TEST_P(Strategies, EasgdWithoutForceLeavesTheCentre) {
  const Easgd strategy(kLayers, {.steps = kSteps, .workers = workers()}, 0);
  train(strategy, all(7), all(7));
}

// As many groups as workers: each sends its own gradients.
TEST_P(Strategies, HybridAppliesAllGradients) {
  const HybridSgd strategy(kLayers, {.steps = kSteps, .workers = workers(), .groups = workers()});
  train(strategy, all(7), [](std::size_t i) { return 7 - kSteps * sums(workers())(i); });
}

// One group: the mean of the gradients, of equal ones itself.
TEST_P(Strategies, HybridInOneGroupAppliesTheMean) {
  const HybridSgd strategy(kLayers, {.steps = kSteps, .workers = workers()});
  const float share = 1.0F / static_cast<float>(workers());
  train(strategy, all(7), [&](std::size_t i) {
    float weight = 7;  // step by step, as a third is not exact
    for (int step = 0; step < kSteps; ++step) weight -= share * sums(workers())(i);
    return weight;
  });
}

// What the device of a worker is asked for, in order; of others it depends on who comes first.
CallLog calls_of_device(const Strategy& strategy, World& world, const Promises& promises) {
  const auto logs = std::make_shared<CallLogs>();
  LoggedWorld logged(world, logs);
  Numbers parameters(promises, kElements, all(0));
  Numbers gradients(promises, kElements, all(0));
  std::vector<std::unique_ptr<Numbers>> memory;
  ModelTensors model{parameters.tensor(), gradients.tensor()};
  model.allocate = [&](std::int64_t elements) {
    memory.push_back(std::make_unique<Numbers>(promises, elements, all(0)));
    return memory.back()->tensor();
  };
  strategy.run(logged, model, [](std::int64_t, const StepRecord&) {});
  return (*logs)["main device"];
}

TEST_P(Strategies, WorkersMakeTheCallsThatTheyMakeInMemory) {
  const AsyncPs async(kLayers, {.steps = kSteps, .workers = workers()});
  const Easgd easgd(kLayers, {.steps = kSteps, .workers = workers()}, 0);
  for (const Strategy* strategy :
       {static_cast<const Strategy*>(&async), static_cast<const Strategy*>(&easgd)}) {
    std::vector<CallLog> in_memory(static_cast<std::size_t>(GetParam().ranks));
    run_in_memory(GetParam().ranks, {}, [&](World& world) {
      in_memory[static_cast<std::size_t>(world.transport().rank())] =
          calls_of_device(*strategy, world, {.numbers = true});
    });
    run([&](World& world) {
      const int rank = world.transport().rank();
      const CallLog log = calls_of_device(*strategy, world, promises());
      if (strategy->roles().of(rank) == Role::worker) {
        EXPECT_EQ(log, in_memory[static_cast<std::size_t>(rank)]) << strategy->name();
      }
      world.transport().agree_min(*world.transport().world(), 0);
    });
  }
}

}  // namespace
}  // namespace rehearse
