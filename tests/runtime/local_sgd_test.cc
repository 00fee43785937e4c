// Weights that are averaged now and then, followed by hand. Two ranks with c = 0 and 2.
#include "runtime/strategies/local_sgd.h"

#include "tests/runtime/quadratic.h"

namespace rehearse {
namespace {

using Weights = std::vector<float>;

Weights train(LocalSgd::Options options) {
  options.workers = 2;
  return train_quadratic(LocalSgd({{0, {}}, {1, {1}}}, options), {0, 2});
}

TEST(LocalSgd, WithAverageInEveryStepIsSynchronous) {
  EXPECT_EQ(train({.steps = 4}), (Weights{3, 1, 0, -0.5F}));
}

TEST(LocalSgd, AveragesEverySecondStep) {
  // Rank 0: 7, 3.5, 1.75; rank 1: 7 - 9/2 = 2.5, 2.5 - 4.5/2 = 0.25; their mean is 1.
  // Rank 0: 0.5, 0.25; rank 1: 1 - 3/2 = -0.5, -0.5 - 1.5/2 = -1.25; their mean is -0.5.
  EXPECT_EQ(train({.steps = 4, .local_steps = 2}), (Weights{3.5F, 1, 0.5F, -0.5F}));
}

TEST(LocalSgd, AveragesAfterTheLastStep) {
  // Rank 0: 0.5; rank 1: -0.5.
  EXPECT_EQ(train({.steps = 3, .local_steps = 2}), (Weights{3.5F, 1, 0}));
}

TEST(LocalSgd, PacksWhatHasChanged) {
  LocalSgd::Options options{.steps = 4, .local_steps = 2};
  options.reducer.codec = make_codec(Compression::onebit, 1);  // exact for one number
  EXPECT_EQ(train(options), (Weights{3.5F, 1, 0.5F, -0.5F}));
}

TEST(LocalSgd, OneWorkerAveragesNothing) {
  const LocalSgd alone({{0, {1}}}, {.steps = 2, .workers = 1});
  EXPECT_EQ(train_quadratic(alone, {1}), (Weights{3, 1}));
}

}  // namespace
}  // namespace rehearse
