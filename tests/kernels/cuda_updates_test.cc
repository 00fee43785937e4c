// Steps of optimizers as a GPU takes them, against those of the CPU; scales of the loss.
#include <gtest/gtest.h>

#include <cmath>

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

TEST(CudaUpdate, Adam) {
  const OptimizerOptions options{.name = "adam", .weight_decay = 0.01};
  Race race(options);
  for (std::uint64_t step = 0; step < 3; ++step) {
    race.step_cpu(step);
    const auto t = static_cast<double>(step + 1);
    const cuda::AdamRule rule{.scale = kScale,
                              .decay = 0.01F,
                              .beta1 = 0.9F,
                              .rest1 = 0.1F,
                              .beta2 = 0.999F,
                              .rest2 = 0.001F,
                              .rate = static_cast<float>(kLr / (1 - std::pow(0.9, t))),
                              .root = static_cast<float>(1 / std::sqrt(1 - std::pow(0.999, t))),
                              .epsilon = 1e-8F};
    run_elements(kElements, cuda::AdamUpdate{cuda::arrays_of(race.operands()), rule});
  }
  race.expect_equal();
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
