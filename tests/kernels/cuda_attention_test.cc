// Softmax of scores in memory, on the host.
#include <gtest/gtest.h>

#include <vector>

#include "kernels/cuda/bodies/attention_bodies.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse::cuda {
namespace {

using test::run_rows;

std::vector<float> weights(const ScoreMatrices& of, std::vector<float> scores) {
  std::vector<float> result(scores.size(), -1);
  run_rows(of.matrices * of.steps,
           AttentionSoftmax{of, inputs_of(tensor_of(scores)), outputs_of(tensor_of(result))});
  return result;
}

void expect_near(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-6) << i;
}

TEST(CudaAttention, QueriesSeeWhatTheyMay) {
  // Equal scores share the weight out evenly among the keys that a query sees.
  const std::vector<float> equal(9, 4);
  const float third = 1.0F / 3;
  expect_near(weights({.steps = 3}, equal), {1, 0, 0, 0.5, 0.5, 0, third, third, third});
  expect_near(weights({.steps = 3, .window = 2}, equal), {1, 0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5});
  expect_near(weights({.steps = 3, .causal = false}, equal), std::vector<float>(9, third));
  // A window of 3 about the query: one key before and one behind it.
  expect_near(weights({.steps = 3, .causal = false, .window = 3}, equal),
              {0.5, 0.5, 0, third, third, third, 0, 0.5, 0.5});
}

TEST(CudaAttention, SoftmaxScalesTheScores) {
  // Two matrices. exp(0.5 * 2 ln 3) = 3 against exp(0) = 1.
  const float score = 2 * std::log(3.0F);
  const ScoreMatrices of{.matrices = 2, .steps = 2, .causal = false, .scale = 0.5};
  expect_near(weights(of, {0, score, score, 0, 100, 100, 0, 0}),
              {0.25, 0.75, 0.75, 0.25, 0.5, 0.5, 0.5, 0.5});
}

TEST(CudaAttention, GradientIsThatOfTheScores) {
  // Row 1: the sum is 0.25 + 2.25 = 2.5: 0.5 * 0.25 (1 - 2.5) and 0.5 * 0.75 (3 - 2.5). Row 2: what
  // has no weight has no gradient.
  std::vector<float> w{0.25, 0.75, 1, 0}, dw{1, 3, 7, 9}, ds(4);
  const ScoreMatrices of{.steps = 2, .causal = false, .scale = 0.5};
  run_rows(2, AttentionSoftmaxBackward{of, inputs_of(tensor_of(w)), inputs_of(tensor_of(dw)),
                                       outputs_of(tensor_of(ds))});
  expect_near(ds, {-0.1875, 0.1875, 0, 0});
}

}  // namespace
}  // namespace rehearse::cuda
