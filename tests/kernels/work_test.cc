#include "kernels/models/work.h"

#include <gtest/gtest.h>

#include "kernels/models/zoo.h"
#include "tiny_models.h"

namespace rehearse {
namespace {

constexpr auto kForward = Direction::forward;
constexpr auto kData = Direction::backward_data;
constexpr auto kWeights = Direction::backward_weights;

void expect_work(const Work& found, double flops, double bytes) {
  EXPECT_EQ(found.flops, Flops(flops));
  EXPECT_EQ(found.bytes, Bytes(bytes));
}

// Input 3*8*8 = 192 elements, output 4*8*8 = 256, weight 4*3*3*3 = 108 and bias 4.
TEST(Work, ConvolutionByHand) {
  const Model model = test::tiny();
  // Each output: 27 multiply-adds and the bias: (2*27 + 1) * 256 = 14,080. Bytes for a batch of 2:
  // 4 * (2 * (192 + 256) + 112) = 4,032.
  expect_work(work(model, 1, kForward, 2, Precision::fp32), 2 * 14'080, 4'032);
  // Gradient of the weights: the same products, the bias sums 256 gradients, the same operands.
  expect_work(work(model, 1, kWeights, 2, Precision::fp32), 2 * 14'080, 4'032);
  // Nobody wants the gradient of the input images.
  expect_work(work(model, 1, kData, 2, Precision::fp32), 0, 0);
}

TEST(Work, DenseByHand) {
  const Model model = test::tiny();
  // 256 * 10 multiply-adds and 10 biases a sample; weights 2,560 + 10.
  expect_work(work(model, 3, kForward, 8, Precision::fp16), 8 * (2 * 2'560 + 10),
              2 * (8 * (256 + 10) + 2'570));
  expect_work(work(model, 3, kData, 8, Precision::fp16), 8 * 2 * 2'560, 2 * (8 * 266 + 2'570));
  expect_work(work(model, 3, kWeights, 8, Precision::fp16), 8 * (2 * 2'560 + 10),
              2 * (8 * 266 + 2'570));
}

TEST(Work, ReluByHand) {
  const Model model = test::tiny();
  expect_work(work(model, 2, kForward, 1, Precision::fp32), 256, 4 * 2 * 256);  // read, write
  expect_work(work(model, 2, kData, 1, Precision::fp32), 256, 4 * 3 * 256);     // y, dy; dx
  expect_work(work(model, 2, kWeights, 1, Precision::fp32), 0, 0);
}

// a: 3 steps, 5 features, 2 units, 8 gates; weights 8 * 5 = 40, 8 * 2 = 16, 8 biases.
// b: 3 steps, 2 features, 4 units, 16 gates; weights 16 * 2 = 32, 16 * 4 = 64, 16 biases.
TEST(Work, LstmByHand) {
  const Model model = test::recurrent();
  // Inputs of a: 2 * 3 * 40 = 240; states 2 * 3 * 16 = 96; 17 * 2 units * 3 steps = 102.
  // Elements: 3 * (5 + 8) = 39; 3 * (2 + 8) = 30; 3 * (3 * 8 + 3 * 2) = 90. Weights: 40; in each
  // step 16 and 8.
  expect_work(work(model, 1, kForward, 2, Precision::fp32), 2 * (240 + 96 + 102),
              4 * (2 * (39 + 30 + 90) + 40 + 3 * 16 + 3 * 8));
  // Nobody wants the gradient of the input, but gradients go back through time all the same:
  // 24 * 2 * 3 = 144 by element; 96 through the states; weights 240 and 96, biases 3 * 8 = 24.
  // Elements: 3 * (2 * 8 + 6 * 2) = 84; 3 * (8 + 2) = 30; 3 * (5 + 8) = 39; 3 * (2 + 8) = 30.
  // Weights: 16 in each step, 40 and 16 + 8 gradients.
  expect_work(work(model, 1, kData, 2, Precision::fp32), 0, 0);
  expect_work(work(model, 1, kWeights, 2, Precision::fp32), 2 * (144 + 96 + 240 + 96 + 24),
              4 * (2 * (84 + 30 + 39 + 30) + 3 * 16 + 40 + 24));
  // Of b the gradient of the input is wanted: 2 * 3 * 32 = 192; elements 3 * (2 + 16) = 54.
  expect_work(work(model, 2, kData, 2, Precision::fp32), 2 * 192, 4 * (2 * 54 + 32));
}

TEST(Work, KernelsOfAnLstm) {
  const Model model = test::recurrent();
  const auto forward = kernels(model, 1, kForward, 7, Precision::fp32);
  ASSERT_EQ(forward.size(), 3u);  // inputs of all steps; then states and gates, step by step
  EXPECT_EQ(forward[0].count, 1);
  EXPECT_EQ(forward[0].reduction, 5);
  EXPECT_EQ(forward[0].features, 8);
  EXPECT_EQ(forward[1].count, 3);
  EXPECT_EQ(forward[1].reduction, 2);
  EXPECT_EQ(forward[2].count, 3);
  EXPECT_EQ(forward[2].reduction, 0);
  // Each gradient of a weight sums 3 steps of 7 samples.
  EXPECT_EQ(kernels(model, 1, kWeights, 7, Precision::fp32)[2].reduction, 21);
  EXPECT_TRUE(kernels(model, 1, kData, 7, Precision::fp32).empty());
  for (std::size_t i = 1; i < model.layers().size(); ++i) {
    for (const Direction direction : {kForward, kData, kWeights}) {
      Work all;
      for (const Kernels& each : kernels(model, i, direction, 7, Precision::fp16)) {
        all.flops += static_cast<double>(each.count) * each.work.flops;
        all.bytes += static_cast<double>(each.count) * each.work.bytes;
      }
      const Work whole = work(model, i, direction, 7, Precision::fp16);
      expect_work(all, whole.flops.value(), whole.bytes.value());
    }
  }
}

TEST(Work, GradientsOfAForkAreSummed) {
  const Model model = test::residual();
  // Layer a is read twice, but what it reads is the image: no gradient at all.
  expect_work(work(model, 1, kData, 1, Precision::fp32), 0, 0);
  ModelBuilder build("fork");
  const std::size_t in = build.input({4, 1, 1});
  const std::size_t a =
      build.add({.name = "a", .kind = LayerKind::dense, .inputs = {in}, .features = 4});
  const std::size_t r = build.add({.name = "r", .kind = LayerKind::relu, .inputs = {a}});
  const std::size_t s = build.add({.name = "s", .kind = LayerKind::relu, .inputs = {r}});
  build.add({.name = "sum", .kind = LayerKind::add, .inputs = {r, s}});
  const Model fork = std::move(build).finish();
  // r: relu's backward, 4 FLOP and 3 * 4 elements; one sum of two gradients: 4 FLOP, 3 * 4
  // elements.
  expect_work(work(fork, r, kData, 1, Precision::fp32), 8, 4 * 24);
}

TEST(Work, ModelFlopsLackTheGradientOfTheImages) {
  // Convolution 27 * 256 = 6,912 multiply-adds, forward and weights; dense 2,560, all three.
  EXPECT_EQ(forward_multiply_adds(test::tiny()), 6'912 + 2'560);
  EXPECT_EQ(model_flops(test::tiny(), 4), Flops(4 * 2 * (2.0 * 6'912 + 3.0 * 2'560)));
}

TEST(Work, ModelFlopsHoldTheWayBackThroughTime) {
  // a: 3 * (40 + 16) = 168 multiply-adds forward and for the weights, 48 through the states; b: 3 *
  // (32 + 64) = 288, all three; dense 4 * 2 = 8, all three.
  EXPECT_EQ(forward_multiply_adds(test::recurrent()), 168 + 288 + 8);
  EXPECT_EQ(model_flops(test::recurrent(), 4), Flops(4 * 2 * (2.0 * 168 + 48 + 3.0 * (288 + 8))));
}

TEST(Work, GrowsLinearlyOrSlowerWithTheBatch) {
  const Model model = zoo_model("inception_v3", {.aux = true});
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    for (const Direction direction : {kForward, kData, kWeights}) {
      const Work one = work(model, i, direction, 16, Precision::fp32);
      const Work two = work(model, i, direction, 32, Precision::fp32);
      EXPECT_EQ(two.flops, 2 * one.flops);
      EXPECT_LE(two.bytes, 2 * one.bytes);
      EXPECT_GE(two.bytes, one.bytes);
      if (model.layers()[i].parameters.empty() && direction == kWeights) {
        EXPECT_EQ(one.bytes, Bytes(0));
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
