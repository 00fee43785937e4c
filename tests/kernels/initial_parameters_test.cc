#include <gtest/gtest.h>

#include <cmath>

#include "kernels/executor.h"
#include "kernels/models/zoo.h"
#include "tests/kernels/tiny_models.h"

namespace rehearse {
namespace {

TEST(InitialParameters, AreNormalWithVarianceTwoOverFanIn) {
  const Model model = zoo_model("mlp");
  const std::vector<float> values = initial_parameters(model, 1);
  ASSERT_EQ(values.size(), static_cast<std::size_t>(model.parameter_count()));
  // The last tensors are the first layer's: 784 x 512 weights, then 512 biases.
  const std::size_t weights = 784 * 512, first = values.size() - 512 - weights;
  double sum = 0, squares = 0, fourth = 0;
  for (std::size_t i = first; i < first + weights; ++i) {
    const double x = values[i];
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  const double n = weights, variance = squares / n;
  // Variance 2 / 784; its estimate from n values deviates by sqrt(2 / n) = 0.22 % of it: 5 of them.
  EXPECT_NEAR(variance, 2.0 / 784, 0.011 * 2.0 / 784);
  EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(2.0 / 784 / n));
  // The kurtosis of a normal distribution is 3, of its estimate the deviation sqrt(24 / n).
  EXPECT_NEAR(fourth / n / (variance * variance), 3, 5 * std::sqrt(24 / n));
  for (std::size_t i = values.size() - 512; i < values.size(); ++i) EXPECT_EQ(values[i], 0);
}

TEST(InitialParameters, StartFromTheLastLayer) {
  // fc: 2 x 64 weights, 2 biases; b: 4 scales, 4 shifts; a: 4 x 4 weights.
  const std::vector<float> values = initial_parameters(test::residual(), 1);
  ASSERT_EQ(values.size(), 130u + 8u + 16u);
  EXPECT_EQ(values[128], 0);
  EXPECT_EQ(values[129], 0);
  for (std::size_t i = 130; i < 134; ++i) EXPECT_EQ(values[i], 1);
  for (std::size_t i = 134; i < 138; ++i) EXPECT_EQ(values[i], 0);
  EXPECT_NE(values[138], 0);
}

TEST(InitialParameters, OfAnLstmRemember) {
  const Model model = zoo_model("lstm");
  const std::vector<float> values = initial_parameters(model, 1);
  // Behind the 1,290 of the scores: 512 x 32 weights, 512 x 128 of the state, 4 x 128 biases.
  constexpr std::size_t kFirst = 1290, kInput = 512 * 32, kState = 512 * 128;
  const auto variance = [&](std::size_t begin, std::size_t size) {
    double squares = 0;
    for (std::size_t i = begin; i < begin + size; ++i) squares += std::pow(values[i], 2);
    return squares / static_cast<double>(size);
  };
  // 1 / fan_in, give or take five times sqrt(2 / n).
  EXPECT_NEAR(variance(kFirst, kInput) * 32, 1, 5 * std::sqrt(2.0 / kInput));
  EXPECT_NEAR(variance(kFirst + kInput, kState) * 128, 1, 5 * std::sqrt(2.0 / kState));
  // Each tensor has a stream of its own: else their first values had the ratio 2 of the deviations.
  EXPECT_NE(values[kFirst], 2 * values[kFirst + kInput]);
  const float* bias = values.data() + kFirst + kInput + kState;
  for (std::size_t i = 0; i < 512; ++i) EXPECT_EQ(bias[i], i / 128 == 1 ? 1 : 0);
}

TEST(InitialParameters, FollowTheSeed) {
  EXPECT_EQ(initial_parameters(test::tiny(), 1), initial_parameters(test::tiny(), 1));
  EXPECT_NE(initial_parameters(test::tiny(), 1), initial_parameters(test::tiny(), 2));
}

}  // namespace
}  // namespace rehearse
