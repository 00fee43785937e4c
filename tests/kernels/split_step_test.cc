// Layers that ranks share compute what one rank computes: tensor, sequence and expert parallelism,
// on every backend against the whole model on CPU cores.
#include <gtest/gtest.h>

#include <string>

#include "tests/kernels/every_backend.h"
#include "tests/kernels/split_step.h"

namespace rehearse {
namespace {

using test::SplitStep;
using test::StepResult;

class EverySplitStep : public EveryBackend {};

// Sums of some tens of numbers, in another order: a few roundings of 2^-24; 10 times as much where
// exponentials differ in the last bits as well.
double bound() { return backend().space() == MemorySpace::host ? 1e-5 : 1e-4; }

void expect_like_one(const Model& model, const SplitStep& step) {
  SCOPED_TRACE(model.name() + ": " + std::to_string(step.replicas) + " replicas, tensor " +
               std::to_string(step.shape.tensor) + (step.shape.sequence ? ", sequence" : "") +
               ", expert " + std::to_string(step.shape.expert) + " x " +
               std::to_string(step.shape.expert_tensor));
  ExecutorOptions whole = step.options;
  whole.batch *= step.replicas;
  const StepResult one = test::step_of_one(cpu_backend(), model, whole);
  const StepResult ranks = test::step_of_ranks(backend(), model, step);
  EXPECT_NEAR(ranks.loss, one.loss, bound() * one.loss);
  EXPECT_LT(test::relative_difference(ranks.gradients, one.gradients), bound());
}

TEST_P(EverySplitStep, TensorAndSequenceParallel) {
  for (const bool tied : {true, false}) {
    const Model model = test::small_gpt(tied);
    for (const int tensor : {2, 4}) {
      for (const bool sequence : {false, true}) {
        for (const std::int64_t batch : {1, 3}) {
          expect_like_one(model, {.shape = {.tensor = tensor, .sequence = sequence},
                                  .options = {.batch = batch}});
        }
      }
    }
  }
}

TEST_P(EverySplitStep, ExpertParallel) {
  const Model model = test::small_experts();
  const ExecutorOptions options{.batch = 3};
  // Over replicas; over tensor ranks that have steps of their own; over both.
  expect_like_one(model, {.shape = {.expert = 2}, .replicas = 2, .options = options});
  expect_like_one(model, {.shape = {.expert = 4}, .replicas = 4, .options = options});
  expect_like_one(model,
                  {.shape = {.tensor = 2, .sequence = true, .expert = 2}, .options = options});
  expect_like_one(
      model,
      {.shape = {.tensor = 2, .sequence = true, .expert = 4}, .replicas = 2, .options = options});
}

TEST_P(EverySplitStep, ExpertsOnSeveralRanks) {
  const Model model = test::small_experts();
  const ExecutorOptions options{.batch = 2};
  expect_like_one(model, {.shape = {.expert_tensor = 2}, .replicas = 2, .options = options});
  for (const bool sequence : {false, true}) {
    for (const int expert : {1, 2}) {
      expect_like_one(
          model,
          {.shape = {.tensor = 2, .sequence = sequence, .expert = expert, .expert_tensor = 2},
           .replicas = 2,
           .options = options});
    }
  }
}

REHEARSE_FOR_EVERY_BACKEND(EverySplitStep);

}  // namespace
}  // namespace rehearse
