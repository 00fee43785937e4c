#include "kernels/backend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "tests/kernels/every_backend.h"

namespace rehearse {
namespace {

class EveryOptimizer : public EveryBackend {};

void step(Optimizer& optimizer, std::vector<float>& weights, const std::vector<float>& gradients,
          const UpdateFactors& factors) {
  const Placed placed(weights), by(gradients);
  optimizer.step(placed.tensor(), by.tensor(), factors);
  weights = placed.values();
}

// One weight of 1, gradients 0.5 and then -1, both scaled by 2 first, so s g = 1, -2.
std::vector<float> two_steps(const OptimizerOptions& options, double correction = 1,
                             std::vector<double> rates = {0.1, 0.1}) {
  const auto optimizer = backend().make_optimizer(options, {{.elements = 1}});
  std::vector<float> weight{1};
  std::vector<float> trace;
  step(*optimizer, weight, {0.5}, {2, rates[0], 1});
  trace.push_back(weight[0]);
  step(*optimizer, weight, {-1}, {2, rates[1], correction});
  trace.push_back(weight[0]);
  EXPECT_EQ(optimizer->steps(), 2);
  return trace;
}

TEST_P(EveryOptimizer, SgdByHand) {
  // w = 1 - 0.1 (1 + 0.5 * 1) = 0.85; w = 0.85 - 0.1 (-2 + 0.5 * 0.85) = 1.0075
  const auto w = two_steps({.weight_decay = 0.5});
  EXPECT_FLOAT_EQ(w[0], 0.85F);
  EXPECT_FLOAT_EQ(w[1], 1.0075F);
}

TEST_P(EveryOptimizer, MomentumByHand) {
  // v = 1.5, w = 0.85; v = 0.9 * 1.5 + (-2 + 0.425) = -0.225, w = 0.85 + 0.0225
  const auto w = two_steps({.momentum = 0.9, .weight_decay = 0.5});
  EXPECT_FLOAT_EQ(w[0], 0.85F);
  EXPECT_FLOAT_EQ(w[1], 0.8725F);
  // Twice the momentum in the second step: v = 1.8 * 1.5 - 1.575 = 1.125, w = 0.85 - 0.1125
  EXPECT_FLOAT_EQ(two_steps({.momentum = 0.9, .weight_decay = 0.5}, 2)[1], 0.7375F);
}

TEST_P(EveryOptimizer, NesterovByHand) {
  // v = 1, w = 1 - 0.1 (1 + 0.9) = 0.81; v = 0.9 - 2 = -1.1, w = 0.81 - 0.1 (-2 - 0.99) = 1.109
  const auto w = two_steps({.name = "nesterov", .momentum = 0.9});
  EXPECT_FLOAT_EQ(w[0], 0.81F);
  EXPECT_FLOAT_EQ(w[1], 1.109F);
}

TEST_P(EveryOptimizer, AdamByHand) {
  // Step 1: both corrected moments are 1: w = 1 - 0.1 = 0.9 (epsilon 1e-8).
  // Step 2: m = 0.9 * 0.1 - 0.1 * 2 = -0.11, corrected / 0.19 = -0.5789474;
  // v = 0.999 * 0.001 + 0.001 * 4 = 0.004999, corrected / 0.001999 = 2.5007504, root 1.5813761;
  // w = 0.9 + 0.1 * 0.5789474 / 1.5813761 = 0.9366103
  const auto w = two_steps({.name = "adam"});
  EXPECT_NEAR(w[0], 0.9, 1e-6);
  EXPECT_NEAR(w[1], 0.9366103, 1e-6);
}

TEST_P(EveryOptimizer, AdamwByHand) {
  // The moments of adam, which never see the decay of 0.1 * 0.5 = 5 %:
  // w = 0.95 * 1 - 0.1 = 0.85; w = 0.95 * 0.85 + 0.1 * 0.5789474 / 1.5813761 = 0.8441103
  const auto w = two_steps({.name = "adamw", .weight_decay = 0.5});
  EXPECT_NEAR(w[0], 0.85, 1e-6);
  EXPECT_NEAR(w[1], 0.8441103, 1e-6);
  EXPECT_EQ(two_steps({.name = "adamw"}), two_steps({.name = "adam"}));
}

TEST_P(EveryOptimizer, LambByHand) {
  // Step 1: a = (1, -1), u = (1 + 3, -1 + 4) = (4, 3), |u| = 5, |w| = 10, the ratio is 2:
  // w = (6 - 0.1 * 2 * 4, 8 - 0.1 * 2 * 3) = (5.2, 7.4).
  // Step 2: a = -0.5789474 / 1.5813761 = -0.3661035 and its opposite (as of adam),
  // u = (-0.3661035 + 2.6, 0.3661035 + 3.7) = (2.2338965, 4.0661035), |u| = 4.6393417,
  // |w| = 9.0443352, the ratio is 1.9494868:
  // w = (5.2 - 0.19494868 * 2.2338965, 7.4 - 0.19494868 * 4.0661035) = (4.7645048, 6.6073185).
  const auto optimizer =
      backend().make_optimizer({.name = "lamb", .weight_decay = 0.5}, {{.elements = 2}});
  std::vector<float> weights{6, 8};
  step(*optimizer, weights, {0.5, -0.5}, {2, 0.1, 1});
  EXPECT_NEAR(weights[0], 5.2, 2e-6);
  EXPECT_NEAR(weights[1], 7.4, 2e-6);
  step(*optimizer, weights, {-1, 1}, {2, 0.1, 1});
  EXPECT_NEAR(weights[0], 4.7645048, 2e-6);
  EXPECT_NEAR(weights[1], 6.6073185, 2e-6);
}

TEST_P(EveryOptimizer, LambTakesStepsOfAdamInOneDimension) {
  // No decay, no ratio: 2 - 0.1, then 1.9 - 0.1, since a is 1 in both steps.
  const auto optimizer = backend().make_optimizer({.name = "lamb", .weight_decay = 0.5},
                                                  {{.elements = 1, .one_dimensional = true}});
  std::vector<float> weight{2};
  step(*optimizer, weight, {1}, {1, 0.1, 1});
  EXPECT_FLOAT_EQ(weight[0], 1.9F);
  step(*optimizer, weight, {1}, {1, 0.1, 1});
  EXPECT_FLOAT_EQ(weight[0], 1.8F);
}

TEST_P(EveryOptimizer, LambHasARatioOfOneWhereANormIsZero) {
  // |w| = 0: u = (1, 1); |u| = 0: no step.
  const auto optimizer =
      backend().make_optimizer({.name = "lamb"}, {{.elements = 2}, {.elements = 1}});
  std::vector<float> weights{0, 0, 3};
  step(*optimizer, weights, {1, 2, 0}, {1, 0.1, 1});
  EXPECT_FLOAT_EQ(weights[0], -0.1F);
  EXPECT_FLOAT_EQ(weights[1], -0.1F);
  EXPECT_EQ(weights[2], 3);
}

TEST_P(EveryOptimizer, LarsByHand) {
  // d = 1 + 0.5 = 1.5, r = 0.3 * 1 / (1 + 0.5) = 0.2, v = 0.1 * 0.2 * 1.5 = 0.03, w = 0.97
  // d = -2 + 0.485 = -1.515, r = 0.3 * 0.97 / (2 + 0.485) = 0.11710262,
  // v = 0.9 * 0.03 + 0.1 * 0.11710262 * -1.515 = 0.00925895, w = 0.96074105
  const OptimizerOptions lars{.name = "lars", .momentum = 0.9, .weight_decay = 0.5, .trust = 0.3};
  const auto w = two_steps(lars);
  EXPECT_FLOAT_EQ(w[0], 0.97F);
  EXPECT_NEAR(w[1], 0.96074105, 1e-7);
}

TEST_P(EveryOptimizer, LarcByHand) {
  // r / lr = 0.2 / 0.1 is clipped to 1: v = 1.5, w = 0.85.
  // r = 0.3 * 0.85 / (2 + 0.425) = 0.10515464, clipped again: as momentum SGD.
  const OptimizerOptions larc{.name = "larc", .momentum = 0.9, .weight_decay = 0.5, .trust = 0.3};
  EXPECT_FLOAT_EQ(two_steps(larc)[0], 0.85F);
  EXPECT_FLOAT_EQ(two_steps(larc)[1], 0.8725F);
  // trust 0.03: r = 0.02, a = 0.2: v = 0.2 * 1.5 = 0.3, w = 0.97; d = -1.515,
  // r = 0.03 * 0.97 / 2.485 = 0.011710262, a = 0.11710262: v = 0.27 - 0.17741046 = 0.09258954,
  // w = 0.97 - 0.00925895
  OptimizerOptions unclipped = larc;
  unclipped.trust = 0.03;
  EXPECT_FLOAT_EQ(two_steps(unclipped)[0], 0.97F);
  EXPECT_NEAR(two_steps(unclipped)[1], 0.96074105, 1e-7);
}

TEST_P(EveryOptimizer, OneDimensionalTensorsAreNotScaled) {
  for (const char* name : {"lars", "larc"}) {
    const auto optimizer =
        backend().make_optimizer({.name = name, .momentum = 0.9, .weight_decay = 0.5},
                                 {{.elements = 1, .one_dimensional = true}});
    std::vector<float> weight{1};
    step(*optimizer, weight, {1}, {1, 0.1, 1});
    EXPECT_FLOAT_EQ(weight[0], 0.9F) << name;  // no decay, no trust
    step(*optimizer, weight, {1}, {1, 0.1, 1});
    EXPECT_FLOAT_EQ(weight[0], 0.71F) << name;  // v = 1.9
  }
}

TEST_P(EveryOptimizer, ZeroNormsDoNoHarm) {
  for (const char* name : {"lars", "larc"}) {
    const auto optimizer =
        backend().make_optimizer({.name = name}, {{.elements = 2}, {.elements = 1}});
    std::vector<float> weights{0, 0, 3};
    step(*optimizer, weights, {1, 2, 0}, {1, 0.1, 1});
    EXPECT_FLOAT_EQ(weights[0], -0.1F) << name;
    EXPECT_FLOAT_EQ(weights[1], -0.2F) << name;
    EXPECT_FLOAT_EQ(weights[2], 3) << name;
  }
}

// Goyal's remark 2: with the correction, a velocity that holds the rate (v = m c v + lr g) steps
// like one without it (v = m v + g).
TEST_P(EveryOptimizer, CorrectedMomentumIsThatOfAVelocityWithoutTheRate) {
  const std::vector<double> rates{0.1, 0.4, 0.3};
  const auto with = backend().make_optimizer({.name = "lars", .momentum = 0.9},
                                             {{.elements = 1, .one_dimensional = true}});
  const auto without =
      backend().make_optimizer({.name = "sgd", .momentum = 0.9}, {{.elements = 1}});
  std::vector<float> a{1};
  std::vector<float> b{1};
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const std::vector<float> gradient{static_cast<float>(1 + i)};
    step(*with, a, gradient, {1, rates[i], i == 0 ? 1 : rates[i] / rates[i - 1]});
    step(*without, b, gradient, {1, rates[i], 1});
    EXPECT_FLOAT_EQ(a[0], b[0]);
  }
  EXPECT_TRUE(velocity_holds_rate({.name = "lars"}));
  EXPECT_FALSE(velocity_holds_rate({.name = "larc"}));
  EXPECT_FALSE(velocity_holds_rate({.name = "sgd"}));
}

TEST_P(EveryOptimizer, SlotsAndNames) {
  EXPECT_EQ(optimizer_slots({.name = "sgd"}), 0);
  EXPECT_EQ(optimizer_slots({.name = "sgd", .momentum = 0.5}), 1);
  EXPECT_EQ(optimizer_slots({.name = "adam"}), 2);
  EXPECT_EQ(optimizer_slots({.name = "adamw"}), 2);
  EXPECT_EQ(optimizer_slots({.name = "lamb"}), 2);
  for (const std::string& name : optimizer_names()) {
    const OptimizerOptions options{.name = name, .momentum = 0.5};
    const auto optimizer = backend().make_optimizer(options, {{.elements = 3}, {.elements = 4}});
    EXPECT_EQ(optimizer->state().elements, 7 * optimizer_slots(options));
  }
}

TEST_P(EveryOptimizer, RefusesNumbersOutOfRange) {
  const auto refused = [](const OptimizerOptions& options) {
    EXPECT_THROW(backend().make_optimizer(options, {}), Error);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused({.name = "sdg"});
  refused({.momentum = 1});
  refused({.momentum = -0.1});
  refused({.momentum = nan});
  refused({.name = "nesterov"});
  refused({.weight_decay = -1});
  refused({.name = "adam", .beta1 = 1});
  refused({.name = "adam", .beta2 = nan});
  refused({.name = "adam", .epsilon = 0});
  refused({.name = "adamw", .beta1 = -1});
  refused({.name = "lamb", .epsilon = nan});
  refused({.name = "lars", .trust = 0});
}

// Of 10 parameters, 40 B a pass. Weight read and written, gradient read, slots read and written;
// lamb reads weight and moments once more.
TEST(Optimizer, TrafficByHand) {
  EXPECT_EQ(optimizer_traffic({.name = "sgd"}, 10), Bytes(3 * 40));
  EXPECT_EQ(optimizer_traffic({.name = "sgd", .momentum = 0.9}, 10), Bytes(5 * 40));
  EXPECT_EQ(optimizer_traffic({.name = "adam"}, 10), Bytes(7 * 40));
  EXPECT_EQ(optimizer_traffic({.name = "adamw"}, 10), Bytes(7 * 40));
  EXPECT_EQ(optimizer_traffic({.name = "lars", .momentum = 0.9}, 10), Bytes(5 * 40));
  EXPECT_EQ(optimizer_traffic({.name = "lamb"}, 10), Bytes(10 * 40));
}

REHEARSE_FOR_EVERY_BACKEND(EveryOptimizer);

}  // namespace
}  // namespace rehearse
