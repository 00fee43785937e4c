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
