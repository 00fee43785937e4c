// Steps of optimizers as a GPU takes them, against those of the CPU; scales of the loss.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/adam_rule.h"
#include "kernels/backend.h"
#include "kernels/cuda/bodies/reduction_bodies.h"
#include "kernels/cuda/bodies/update_bodies.h"
#include "kernels/loss_scale.h"
#include "kernels/optimizer.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse {
namespace {

using test::inputs;
using test::run_elements;
using test::run_rows;
using test::some;

constexpr std::int64_t kElements = 50;
constexpr double kScale = 0.25, kLr = 0.1;

// Parameters and slots of both sides, and the gradients of three steps.
struct Race {
  explicit Race(const OptimizerOptions& rule)
      : optimizer(cpu_backend().make_optimizer(rule, {{kElements, false}}, 1)) {}

  void step_cpu(std::uint64_t step) {
    gradients = some(kElements, 10 + step);
    optimizer->step(tensor_of(cpu), tensor_of(gradients), {.scale = kScale, .lr = kLr});
  }
  cuda::UpdateOperands operands() {
    return {.parameters = tensor_of(gpu),
            .gradients = tensor_of(gradients),
            .first = first.data(),
            .second = second.data(),
            .copy = {copy.data(), kElements, ElementType::bfloat16}};
  }
  void expect_equal() {
    for (std::size_t i = 0; i < kElements; ++i) {
      EXPECT_NEAR(gpu[i], cpu[i], 1e-6F * (1 + std::abs(cpu[i]))) << i;
      EXPECT_EQ(copy[i].bits, to_brain_float(gpu[i]).bits) << i;
    }
  }

  std::unique_ptr<Optimizer> optimizer;
  std::vector<float> cpu = some(kElements, 1), gpu = cpu, gradients;
  std::vector<float> first = std::vector<float>(kElements), second = first;
  std::vector<BrainFloat> copy = std::vector<BrainFloat>(kElements);
};

void race_momentum(const OptimizerOptions& options) {
  Race race(options);
  const cuda::MomentumRule rule{.scale = kScale,
                                .decay = static_cast<float>(options.weight_decay),
                                .factor = 1,
                                .momentum = static_cast<float>(options.momentum),
                                .lr = kLr,
                                .nesterov = options.name == "nesterov"};
  for (std::uint64_t step = 0; step < 3; ++step) {
    race.step_cpu(step);
    cuda::UpdateOperands operands = race.operands();
    if (options.momentum == 0) operands.first = nullptr;
    run_elements(kElements, cuda::MomentumUpdate{cuda::arrays_of(operands), rule, nullptr});
  }
  race.expect_equal();
}

TEST(CudaUpdate, PlainSgd) { race_momentum({.name = "sgd", .weight_decay = 0.01}); }
TEST(CudaUpdate, Momentum) {
  race_momentum({.name = "sgd", .momentum = 0.9, .weight_decay = 0.01});
}
TEST(CudaUpdate, Nesterov) {
  race_momentum({.name = "nesterov", .momentum = 0.9, .weight_decay = 0.01});
}

void race_adam(const OptimizerOptions& options) {
  Race race(options);
  for (std::uint64_t step = 0; step < 3; ++step) {
    race.step_cpu(step);
    const AdamRule rule = adam_rule(options, kScale, kLr, static_cast<std::int64_t>(step) + 1);
    run_elements(kElements, cuda::AdamUpdate{cuda::arrays_of(race.operands()), rule});
  }
  race.expect_equal();
}

TEST(CudaUpdate, Adam) { race_adam({.name = "adam", .weight_decay = 0.01}); }
TEST(CudaUpdate, AdamW) { race_adam({.name = "adamw", .weight_decay = 0.01}); }

// The corrections of the moments by hand: 1 - 0.9^2 = 0.19 and 1 - 0.99^2 = 0.0199, whose root is
// 0.14106736.
TEST(AdamRule, ByHand) {
  OptimizerOptions options{.name = "adam", .weight_decay = 0.5, .beta2 = 0.99};
  const AdamRule adam = adam_rule(options, 2, 0.1, 2);
  EXPECT_FLOAT_EQ(adam.scale, 2);
  EXPECT_FLOAT_EQ(adam.rest1, 0.1F);
  EXPECT_FLOAT_EQ(adam.rest2, 0.01F);
  EXPECT_FLOAT_EQ(adam.rate, static_cast<float>(0.1 / 0.19));
  EXPECT_FLOAT_EQ(adam.root, static_cast<float>(1 / 0.14106736));
  EXPECT_EQ(adam.decay, 0.5F);
  EXPECT_EQ(adam.shrink, 0);
  options.name = "adamw";
  EXPECT_EQ(adam_rule(options, 2, 0.1, 2).decay, 0);
  EXPECT_FLOAT_EQ(adam_rule(options, 2, 0.1, 2).shrink, 0.05F);
}

// Three pieces, the last of which is not whole.
TEST(CudaUpdate, Lamb) {
  constexpr std::int64_t kMany = 2 * cuda::kLambPiece + 3, kPieces = 3;
  const OptimizerOptions options{.name = "lamb", .weight_decay = 0.01};
  const auto optimizer = cpu_backend().make_optimizer(options, {{kMany, false}}, 1);
  std::vector<float> cpu = some(kMany, 1), gpu = cpu, first(kMany), second(kMany);
  for (std::uint64_t step = 0; step < 3; ++step) {
    std::vector<float> gradients = some(kMany, 10 + step);
    optimizer->step(tensor_of(cpu), tensor_of(gradients), {.scale = kScale, .lr = kLr});
    const AdamRule rule = adam_rule(options, kScale, 1, static_cast<std::int64_t>(step) + 1);
    const cuda::UpdateArrays arrays = cuda::arrays_of({.parameters = tensor_of(gpu),
                                                       .gradients = tensor_of(gradients),
                                                       .first = first.data(),
                                                       .second = second.data()});
    std::vector<double> parts(2 * kPieces);
    run_rows(kPieces, cuda::LambMoments{arrays, rule, kMany, parts.data(), parts.data() + kPieces});
    const double of_parameters = parts[0] + parts[1] + parts[2];
    const double of_steps = parts[3] + parts[4] + parts[5];
    float factor = 0;
    run_elements(1, cuda::LambFactor{&of_parameters, &of_steps, kLr, &factor});
    EXPECT_GT(factor, 0.1F);  // u, nearly a sign in the first step, is shorter than w later
    run_elements(kMany, cuda::LambUpdate{arrays, rule, &factor});
  }
  for (std::size_t i = 0; i < kMany; ++i) {
    ASSERT_NEAR(gpu[i], cpu[i], 1e-6F * (1 + std::abs(cpu[i]))) << i;
  }
}

TEST(CudaUpdate, LambIsLeftOutAfterAnOverflow) {
  std::vector<float> w{1}, g{6}, first{0}, second{0};
  const std::int32_t overflow = 1;
  const float factor = 1;
  cuda::UpdateOperands operands{.parameters = tensor_of(w),
                                .gradients = tensor_of(g),
                                .first = first.data(),
                                .second = second.data()};
  operands.overflow = &overflow;
  const AdamRule rule = adam_rule({.name = "lamb"}, 1, 1, 1);
  double parts[2] = {0, 0};
  run_rows(1, cuda::LambMoments{cuda::arrays_of(operands), rule, 1, parts, parts + 1});
  run_elements(1, cuda::LambUpdate{cuda::arrays_of(operands), rule, &factor});
  EXPECT_EQ(first[0], 0);
  EXPECT_EQ(second[0], 0);
  EXPECT_EQ(w[0], 1);
}

TEST(CudaUpdate, LambHasARatioOfOneWhereANormIsZero) {
  const double none = 0, four = 4, nine = 9;
  float factor = 0;
  run_elements(1, cuda::LambFactor{&none, &four, 0.1, &factor});
  EXPECT_EQ(factor, 0.1F);
  run_elements(1, cuda::LambFactor{&four, &none, 0.1, &factor});
  EXPECT_EQ(factor, 0.1F);
  run_elements(1, cuda::LambFactor{&four, &nine, 0.1, &factor});
  EXPECT_FLOAT_EQ(factor, 0.1F * 2 / 3);
}

double squares(const std::vector<float>& x) {
  double piece = 0, total = 0;
  run_rows(1, cuda::SquarePiece{inputs(x), static_cast<std::int64_t>(x.size()), &piece});
  run_rows(1, cuda::SquareSum{&piece, 1, &total});
  return total;
}

void race_layerwise(const OptimizerOptions& options) {
  Race race(options);
  const bool clipped = options.name == "larc";
  const cuda::MomentumRule rule{.scale = kScale,
                                .decay = static_cast<float>(options.weight_decay),
                                .factor = 1,
                                .momentum = static_cast<float>(options.momentum),
                                .lr = clipped ? static_cast<float>(kLr) : 1};
  for (std::uint64_t step = 0; step < 3; ++step) {
    race.step_cpu(step);
    const double of_parameters = squares(race.gpu), of_gradients = squares(race.gradients);
    float factor = 0;
    run_elements(1, cuda::TrustFactor{&of_parameters,
                                      &of_gradients,
                                      {kScale, options.weight_decay, options.trust, kLr, clipped},
                                      &factor});
    EXPECT_GT(factor, 0);
    EXPECT_LT(factor, 1);
    run_elements(kElements, cuda::MomentumUpdate{cuda::arrays_of(race.operands()), rule, &factor});
  }
  race.expect_equal();
}

TEST(CudaUpdate, Lars) {
  race_layerwise({.name = "lars", .momentum = 0.9, .weight_decay = 0.01, .trust = 0.02});
}
TEST(CudaUpdate, Larc) {
  race_layerwise({.name = "larc", .momentum = 0.9, .weight_decay = 0.01, .trust = 0.02});
}

TEST(CudaUpdate, TrustIsOneWhereANormIsZero) {
  const double none = 0, some_squares = 4;
  float factor = 0;
  run_elements(1, cuda::TrustFactor{&none, &some_squares, {1, 0, 0.02, 0.1, false}, &factor});
  EXPECT_FLOAT_EQ(factor, 0.1F);  // lr r = 0.1 * 1
  run_elements(1, cuda::TrustFactor{&some_squares, &none, {1, 0, 0.02, 0.1, true}, &factor});
  EXPECT_EQ(factor, 1);
}

TEST(CudaUpdate, IsLeftOutAfterAnOverflowAndClipped) {
  std::vector<float> w{1}, g{6};
  const std::int32_t overflow = 1, none = 0;
  const float half = 0.5F;
  const cuda::MomentumRule rule{.scale = 1, .decay = 0, .factor = 1, .momentum = 0, .lr = 0.25F};
  cuda::UpdateOperands operands{.parameters = tensor_of(w), .gradients = tensor_of(g)};
  operands.factor = &half;
  operands.overflow = &overflow;
  run_elements(1, cuda::MomentumUpdate{cuda::arrays_of(operands), rule, nullptr});
  EXPECT_EQ(w[0], 1);
  operands.overflow = &none;
  run_elements(1, cuda::MomentumUpdate{cuda::arrays_of(operands), rule, nullptr});
  EXPECT_EQ(w[0], 0.25F);  // 1 - 0.25 * (0.5 * 6)
}

TEST(CudaUpdate, ClipsByTheNormOfAllGradients) {
  // |g| = 0.5 * sqrt(400) = 10: to 2.5 by a quarter, to 20 not at all.
  const double sum = 400;
  float factor = 0;
  run_elements(1, cuda::ClipFactor{&sum, 0.5, 2.5, &factor});
  EXPECT_EQ(factor, 0.25F);
  run_elements(1, cuda::ClipFactor{&sum, 0.5, 20, &factor});
  EXPECT_EQ(factor, 1);
}

TEST(CudaLossScale, DoublesAfterTwoThousandGoodStepsAndHalvesAfterABadOne) {
  LossScale scale;
  EXPECT_EQ(scale.value(), 65536);
  for (int step = 0; step < 1999; ++step) scale.update(false);
  EXPECT_EQ(scale.value(), 65536);
  scale.update(false);
  EXPECT_EQ(scale.value(), 131072);
  for (int step = 0; step < 1999; ++step) scale.update(false);
  scale.update(true);  // and the count begins anew
  EXPECT_EQ(scale.value(), 65536);
  LossScale other;
  other.restore(scale.value(), scale.good_steps());
  for (int step = 0; step < 1999; ++step) other.update(false);
  EXPECT_EQ(other.value(), 65536);
  other.update(false);
  EXPECT_EQ(other.value(), 131072);
}

}  // namespace
}  // namespace rehearse
