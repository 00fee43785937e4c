// What layers do around an exchange on a GPU: numbers are complete when they ask for it, and
// nothing that was launched before changes them afterwards.
#include <gtest/gtest.h>

#include <cstring>

#include "kernels/cuda/cuda_backend.h"
#include "tests/kernels/split_step.h"

namespace rehearse {
namespace {

using test::SplitStep;
using test::StepResult;

// An exchange that waits for nothing finds what the device has done so far.
void expect_complete_numbers(const Model& model, SplitStep step) {
  SCOPED_TRACE(model.name());
  const StepResult waiting = test::step_of_ranks(*cuda_backend(0), model, step);
  step.copy = [](const Tensor& from, const Tensor& to) {
    std::memcpy(to.data, from.data, static_cast<std::size_t>(from.elements * from.element_bytes()));
  };
  const StepResult hasty = test::step_of_ranks(*cuda_backend(0), model, step);
  EXPECT_EQ(hasty.loss, waiting.loss);
  EXPECT_EQ(hasty.gradients, waiting.gradients);
}

TEST(FakeGpu, LayersWaitBeforeTheyExchange) {
  const ExecutorOptions options{.batch = 2};
  for (const bool sequence : {false, true}) {
    expect_complete_numbers(test::small_gpt(true),
                            {.shape = {.tensor = 2, .sequence = sequence}, .options = options});
  }
  expect_complete_numbers(
      test::small_experts(),
      {.shape = {.tensor = 2, .sequence = true, .expert = 2}, .options = options});
}

}  // namespace
}  // namespace rehearse
