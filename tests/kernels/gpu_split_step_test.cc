// Layers that ranks share, in each precision on a GPU, against the whole model in fp32 on CPU
// cores. All ranks compute on the same GPU.
#include <gtest/gtest.h>

#include <string>

#include "kernels/cuda/cuda_backend.h"
#include "tests/kernels/split_step.h"

namespace rehearse {
namespace {

using test::SplitStep;
using test::StepResult;

// The relative error of a number is 2^-24 in fp32, 2^-11 in tf32 and fp16, 2^-8 in bf16; a loss and
// a gradient add up some tens of them.
constexpr struct {
  Precision precision;
  double loss, gradients;
} kBounds[] = {{Precision::fp32, 1e-4, 1e-4},
               {Precision::tf32, 1e-2, 0.05},
               {Precision::fp16, 1e-2, 0.1},
               {Precision::bf16, 5e-2, 0.2}};

void compare(const Model& model, SplitStep step) {
  const Backend* const gpu = cuda_backend(0);
  if (gpu == nullptr) GTEST_SKIP() << "no GPU";
  SCOPED_TRACE(model.name());
  const StepResult exact =
      test::step_of_one(cpu_backend(), model, {.batch = step.options.batch * step.replicas});
  for (const auto& bound : kBounds) {
    SCOPED_TRACE(to_text(bound.precision));
    step.options.precision = bound.precision;
    const StepResult ranks = test::step_of_ranks(*gpu, model, step);
    EXPECT_NEAR(ranks.loss, exact.loss, bound.loss * exact.loss);
    EXPECT_LT(test::relative_difference(ranks.gradients, exact.gradients), bound.gradients);
  }
}

TEST(GpuSplitStep, TensorParallel) {
  for (const bool tied : {true, false}) {
    for (const bool sequence : {false, true}) {
      compare(test::small_gpt(tied),
              {.shape = {.tensor = 2, .sequence = sequence}, .options = {.batch = 3}});
    }
  }
}

TEST(GpuSplitStep, ExpertParallel) {
  const Model model = test::small_experts();
  compare(model, {.shape = {.expert = 2}, .replicas = 2, .options = {.batch = 3}});
  compare(model, {.shape = {.tensor = 2, .sequence = true, .expert = 2, .expert_tensor = 2},
                  .replicas = 2,
                  .options = {.batch = 3}});
}

}  // namespace
}  // namespace rehearse
