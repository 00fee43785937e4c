// Launchers of updates.h against their bodies on the host.
#include "kernels/backend.h"
#include "kernels/cuda/bodies/update_bodies.h"
#include "kernels/cuda/reductions.h"
#include "tests/kernels/gpu_fixture.h"

namespace rehearse {
namespace {

using test::inputs;
using test::run_elements;
using test::some;
using GpuUpdates = test::GpuTest;

constexpr std::int64_t kElements = 100000;

// The arrays of a step on both sides.
struct Arrays {
  std::vector<float> w = some(kElements, 1), g = some(kElements, 2);
  std::vector<float> first = some(kElements, 3), second = std::vector<float>(kElements, 0.5F);
  std::vector<BrainFloat> copy = std::vector<BrainFloat>(kElements);

  cuda::UpdateOperands operands() {
    return {.parameters = tensor_of(w),
            .gradients = tensor_of(g),
            .first = first.data(),
            .second = second.data(),
            .copy = {copy.data(), kElements, ElementType::bfloat16}};
  }
};

TEST_F(GpuUpdates, MomentumAdamAndTrust) {
  Arrays host;
  const auto w = put(host.w), g = put(host.g), first = put(host.first), second = put(host.second);
  const auto copy = put(host.copy);
  const cuda::UpdateOperands operands{.parameters = w.tensor(),
                                      .gradients = g.tensor(),
                                      .first = first.data(),
                                      .second = second.data(),
                                      .copy = copy.tensor(ElementType::bfloat16)};
  const cuda::MomentumRule momentum{
      .scale = 0.5F, .decay = 0.01F, .factor = 1, .momentum = 0.9F, .lr = 0.1F, .nesterov = true};
  const AdamRule adam = adam_rule({.name = "adam", .weight_decay = 0.01}, 0.5, 0.1, 3);
  run_elements(kElements,
               cuda::MomentumUpdate{cuda::arrays_of(host.operands()), momentum, nullptr});
  run_elements(kElements, cuda::AdamUpdate{cuda::arrays_of(host.operands()), adam});
  cuda::momentum_step(operands, momentum, handle());
  cuda::adam_step(operands, adam, handle());
  expect_near(w.values(), host.w);
  expect_near(first.values(), host.first);
  expect_near(second.values(), host.second);

  const std::vector<float> exact = w.values();
  const std::vector<BrainFloat> copied = copy.values();
  for (std::size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(copied[i].bits, to_brain_float(exact[i]).bits) << i;
  }

  const test::GpuArray<double> squares(stream(), 2), pieces(stream(), 2);
  const auto factor = zeros(1);
  const cuda::TrustRule trust{
      .scale = 0.5, .decay = 0.01, .trust = 0.02, .lr = 0.1, .clipped = false};
  cuda::sum_of_squares(w.tensor(), squares.data(), pieces.data(), handle());
  cuda::sum_of_squares(g.tensor(), squares.data() + 1, pieces.data(), handle());
  cuda::trust_factor(squares.data(), squares.data() + 1, trust, factor.data(), handle());
  const std::vector<double> sums = squares.values();
  float expected = 0;
  run_elements(1, cuda::TrustFactor{sums.data(), sums.data() + 1, trust, &expected});
  EXPECT_FLOAT_EQ(factor.values()[0], expected);
  cuda::layerwise_step(operands, momentum, factor.data(), handle());
  EXPECT_NE(w.values(), exact);
}

// The launcher against the rule for a CPU: both steps of it, and the reduction between them.
TEST_F(GpuUpdates, Lamb) {
  const OptimizerOptions options{.name = "lamb", .weight_decay = 0.01};
  const auto optimizer = cpu_backend().make_optimizer(options, {{kElements, false}}, 1);
  std::vector<float> cpu = some(kElements, 1), gradients = some(kElements, 2);
  const auto w = put(cpu), g = put(gradients);
  const auto first = zeros(kElements), second = zeros(kElements);
  const test::GpuArray<double> scratch(stream(),
                                       static_cast<std::size_t>(cuda::lamb_scratch(kElements)));
  for (std::int64_t step = 1; step <= 2; ++step) {
    optimizer->step(tensor_of(cpu), tensor_of(gradients), {.scale = 0.5, .lr = 0.01});
    cuda::lamb_step({.parameters = w.tensor(),
                     .gradients = g.tensor(),
                     .first = first.data(),
                     .second = second.data()},
                    adam_rule(options, 0.5, 1, step), 0.01, scratch.data(), handle());
  }
  expect_near(w.values(), cpu);
}

TEST_F(GpuUpdates, AStepWithAnOverflowIsLeftOut) {
  Arrays host;
  const auto w = put(host.w), g = put(host.g);
  const auto overflow = put(std::vector<std::int32_t>{1});
  const cuda::MomentumRule rule{.scale = 1, .decay = 0, .factor = 1, .momentum = 0, .lr = 0.1F};
  cuda::momentum_step(
      {.parameters = w.tensor(), .gradients = g.tensor(), .overflow = overflow.data()}, rule,
      handle());
  EXPECT_EQ(w.values(), host.w);
}

}  // namespace
}  // namespace rehearse
