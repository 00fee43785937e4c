// Gradients that are applied some steps later, followed by hand. Two ranks with c = 0 and 2: the
// mean gradient is w + 1.
#include "runtime/strategies/lagged_sgd.h"

#include "tests/runtime/quadratic.h"

namespace rehearse {
namespace {

using Weights = std::vector<float>;

Weights train(LaggedSgd::Options options) {
  options.workers = 2;
  return train_quadratic(LaggedSgd({{0, {}}, {1, {1}}}, options), {0, 2});
}

TEST(LaggedSgd, WithoutLagIsSynchronous) {
  // 7 - 8/2 = 3, 3 - 4/2 = 1, 1 - 2/2 = 0, 0 - 1/2.
  const Weights synchronous{3, 1, 0, -0.5F};
  EXPECT_EQ(train({.steps = 4, .lag = 0}), synchronous);
  EXPECT_EQ(train({.steps = 4, .lag = 3, .sync_first = 2, .sync_last = 2}), synchronous);
}

TEST(LaggedSgd, AppliesTheGradientOfTheStepBefore) {
  // Gradients 8, 8, 4, 0, -2: nothing; 7 - 8/2 = 3; 3 - 8/2 = -1; -1 - 4/2 = -3; then -3 - 0 and,
  // drained, -3 + 2/2.
  EXPECT_EQ(train({.steps = 5, .lag = 1}), (Weights{7, 3, -1, -3, -2}));
  // In the middle of a longer run the last one stays under way.
  EXPECT_EQ(train({.steps = 5, .lag = 1, .ends = false}), (Weights{7, 3, -1, -3, -3}));
}

TEST(LaggedSgd, AppliesThatOfTwoStepsBefore) {
  // Gradients 8, 8, 8, 4: nothing, nothing, 7 - 4 = 3, 3 - 4 = -1; drained -1 - 4 - 2.
  EXPECT_EQ(train({.steps = 4, .lag = 2}), (Weights{7, 7, 3, -7}));
}

TEST(LaggedSgd, BeginsAndEndsWithoutLag) {
  // 7 - 8/2 = 3. Lagged: gradient 4, nothing; gradient 4, 3 - 4/2 = 1, drained 1 - 4/2 = -1.
  // Synchronous: gradient 0.
  EXPECT_EQ(train({.steps = 4, .lag = 1, .sync_first = 1, .sync_last = 1}),
            (Weights{3, 3, -1, -1}));
}

TEST(LaggedSgd, ALagOfMoreThanTheRunIsDrained) {
  EXPECT_EQ(train({.steps = 2, .lag = 5}), (Weights{7, -1}));  // 7 - 8/2 - 8/2
}

TEST(LaggedSgd, OneWorkerLagsToo) {
  const LaggedSgd alone({{0, {1}}}, {.steps = 3, .workers = 1, .lag = 1});
  // c = 1: gradients 8, 8, 4.
  EXPECT_EQ(train_quadratic(alone, {1}), (Weights{7, 3, -3}));
}

TEST(LaggedSgd, SettlesWhereNothingIsUnderWay) {
  LaggedSgd::Options options{.steps = 6, .workers = 2, .lag = 2, .sync_first = 1, .sync_last = 2};
  const LaggedSgd program({{0, {1}}}, options);
  run_in_memory(2, {}, [&](World& world) {
    float weight = 0;
    float gradient = 0;
    std::vector<std::vector<float>> memory(3, std::vector<float>(1));
    ModelTensors model{{&weight, 1}, {&gradient, 1}};
    std::size_t given = 0;
    model.allocate = [&](std::int64_t) { return tensor_of(memory[given++]); };
    std::vector<bool> settled;
    program.run(world, model,
                [&](std::int64_t, const StepRecord& record) { settled.push_back(record.settled); });
    EXPECT_EQ(settled, (std::vector<bool>{true, false, false, true, true, true}));
  });
}

}  // namespace
}  // namespace rehearse
