// All optimizers against a plain implementation in double precision, on random tensors.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "kernels/backend.h"
#include "tests/kernels/every_backend.h"

namespace rehearse {
namespace {

class EveryOptimizerOracle : public EveryBackend {};

const std::vector<OptimizerTensor>& tensors() {
  // Larger than a piece of work, odd, empty, tiny.
  static const std::vector<OptimizerTensor> kTensors{{150001, false}, {7, true},    {0, false},
                                                     {1, false},      {5000, true}, {33000, false}};
  return kTensors;
}

std::size_t total() {
  std::int64_t sum = 0;
  for (const OptimizerTensor& tensor : tensors()) sum += tensor.elements;
  return static_cast<std::size_t>(sum);
}

std::vector<float> random_values(std::uint64_t stream) {
  RandomStream random(5, {stream});
  std::vector<float> values(total());
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

struct Plain {
  OptimizerOptions options;
  std::vector<double> w;
  std::vector<double> v = std::vector<double>(w.size());
  std::vector<double> second = std::vector<double>(w.size());
  int steps = 0;

  void step(const std::vector<float>& g, double scale, double lr, double correction) {
    ++steps;
    std::size_t begin = 0;
    for (const OptimizerTensor& tensor : tensors()) {
      const std::size_t end = begin + static_cast<std::size_t>(tensor.elements);
      update(g, begin, end, tensor.one_dimensional, scale, lr, options.momentum * correction);
      begin = end;
    }
  }

  void update(const std::vector<float>& g, std::size_t begin, std::size_t end, bool flat,
              double scale, double lr, double m) {
    if (optimizer_slots(options) == 2) return update_with_moments(g, begin, end, flat, scale, lr);
    const bool lars = options.name == "lars";
    const bool layerwise = lars || options.name == "larc";
    const double decay = layerwise && flat ? 0 : options.weight_decay;
    double weights = 0;
    double gradients = 0;
    for (std::size_t i = begin; i < end; ++i) {
      weights += w[i] * w[i];
      gradients += scale * g[i] * scale * g[i];
    }
    weights = std::sqrt(weights);
    gradients = std::sqrt(gradients);
    double ratio = 1;
    if (layerwise && !flat) {
      ratio = options.trust * weights / (gradients + decay * weights);
      if (!lars) ratio = std::min(1.0, ratio / lr);
    }
    for (std::size_t i = begin; i < end; ++i) {
      const double d = scale * g[i] + decay * w[i];
      if (lars) {
        v[i] = m * v[i] + lr * ratio * d;
        w[i] -= v[i];
      } else {
        v[i] = m * v[i] + ratio * d;
        w[i] -= lr * (options.name == "nesterov" ? ratio * d + m * v[i] : v[i]);
      }
    }
  }

  void update_with_moments(const std::vector<float>& g, std::size_t begin, std::size_t end,
                           bool flat, double scale, double lr) {
    const bool lamb = options.name == "lamb";
    const double decay = lamb && flat ? 0 : options.weight_decay;
    std::vector<double> u;
    double weights = 0;
    double length = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const double d = scale * g[i] + (options.name == "adam" ? decay * w[i] : 0);
      v[i] = options.beta1 * v[i] + (1 - options.beta1) * d;
      second[i] = options.beta2 * second[i] + (1 - options.beta2) * d * d;
      const double mean = v[i] / (1 - std::pow(options.beta1, steps));
      const double square = second[i] / (1 - std::pow(options.beta2, steps));
      u.push_back(mean / (std::sqrt(square) + options.epsilon));
      if (options.name != "adam") u.back() += decay * w[i];
      weights += w[i] * w[i];
      length += u.back() * u.back();
    }
    const double ratio = lamb && !flat ? std::sqrt(weights / length) : 1;
    for (std::size_t i = begin; i < end; ++i) w[i] -= lr * ratio * u[i - begin];
  }
};

std::vector<OptimizerOptions> all_options() {
  std::vector<OptimizerOptions> all{{.name = "sgd", .weight_decay = 0.01}};
  for (const std::string& name : optimizer_names()) {
    // With a smaller epsilon Adam's first step is nearly a sign, and a rounding of a gradient near
    // 0 is as large as a step.
    all.push_back(
        {.name = name, .momentum = 0.9, .weight_decay = 0.01, .epsilon = 1e-3, .trust = 0.02});
  }
  return all;
}

std::vector<float> train(Optimizer& optimizer, const std::vector<float>& start, int from, int to) {
  const Placed w(start);
  for (int step = from; step < to; ++step) {
    const double correction = step == 2 ? 1.5 : 1;
    const Placed g(random_values(static_cast<std::uint64_t>(10 + step)));
    optimizer.step(w.tensor(), g.tensor(), {0.25, 0.05, correction});
  }
  return w.values();
}

TEST_P(EveryOptimizerOracle, AgreesWithDoublePrecision) {
  constexpr int kSteps = 4;
  for (const OptimizerOptions& options : all_options()) {
    const std::vector<float> start = random_values(1);
    const auto optimizer = backend().make_optimizer(options, tensors(), 2);
    const std::vector<float> w = train(*optimizer, start, 0, kSteps);
    Plain plain{options, {start.begin(), start.end()}};
    for (int step = 0; step < kSteps; ++step) {
      plain.step(random_values(static_cast<std::uint64_t>(10 + step)), 0.25, 0.05,
                 step == 2 ? 1.5 : 1);
    }
    double worst = 0;
    double moved = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      worst = std::max(worst, std::abs(w[i] - plain.w[i]));
      moved = std::max(moved, std::abs(w[i] - static_cast<double>(start[i])));
    }
    // Values up to about 5: a rounding of single precision is up to 2.4e-7, a step has a few.
    EXPECT_LT(worst, 3e-6) << options.name;
    EXPECT_GT(moved, 1e-3) << options.name;
  }
}

TEST_P(EveryOptimizerOracle, ThreadsDoNotMatter) {
  for (const OptimizerOptions& options : all_options()) {
    const auto one = backend().make_optimizer(options, tensors(), 1);
    const auto many = backend().make_optimizer(options, tensors(), 5);
    EXPECT_EQ(train(*one, random_values(1), 0, 3), train(*many, random_values(1), 0, 3))
        << options.name;
  }
}

// In two ranges of whole tensors, the step counts with the last one.
TEST_P(EveryOptimizerOracle, UpdatesRangeByRange) {
  for (const OptimizerOptions& options : all_options()) {
    const auto whole = backend().make_optimizer(options, tensors());
    const auto parts = backend().make_optimizer(options, tensors());
    const Placed expected(random_values(1)), w(random_values(1)), g(random_values(10));
    const std::int64_t all = w.tensor().elements;
    const std::int64_t first = tensors().front().elements;
    for (int step = 0; step < 2; ++step) {
      whole->step(expected.tensor(), g.tensor(), {0.25, 0.05, 1});
      parts->update(w.tensor(), g.tensor(), {0.25, 0.05, 1}, 0, first);
      EXPECT_EQ(parts->steps(), step);
      parts->update(w.tensor(), g.tensor(), {0.25, 0.05, 1}, first, all);
      EXPECT_EQ(parts->steps(), step + 1);
    }
    EXPECT_EQ(w.values(), expected.values()) << options.name;
  }
}

TEST_P(EveryOptimizerOracle, GoesOnFromItsState) {
  for (const OptimizerOptions& options : all_options()) {
    const auto whole = backend().make_optimizer(options, tensors());
    const auto first = backend().make_optimizer(options, tensors());
    const auto second = backend().make_optimizer(options, tensors());
    const std::vector<float> expected = train(*whole, random_values(1), 0, 4);
    const std::vector<float> half = train(*first, random_values(1), 0, 2);
    backend().copy(first->state(), second->state());
    second->set_steps(first->steps());
    EXPECT_EQ(train(*second, half, 2, 4), expected) << options.name;
  }
}

REHEARSE_FOR_EVERY_BACKEND(EveryOptimizerOracle);

}  // namespace
}  // namespace rehearse
