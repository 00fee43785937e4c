#include "kernels/models/activations.h"

#include <gtest/gtest.h>

#include "kernels/models/training_memory.h"
#include "kernels/models/zoo.h"
#include "tiny_models.h"

namespace rehearse {
namespace {

TEST(Activations, ByHand) {
  // Image 192 (for the convolution's weights), relu in place over the convolution's 256 (also the
  // input of the dense layer), the loss's 10.
  EXPECT_EQ(test::tiny().activation_elements_per_sample(), 192 + 256 + 10);
  // Image 64, a (batch norm's input) 64, sum (the dense layer's input) 64, loss 2; b is not needed.
  EXPECT_EQ(test::residual().activation_elements_per_sample(), 64 + 64 + 64 + 2);
}

TEST(Activations, OfLstmsByHand) {
  // Input 15; a: 5 * 3 * 2 = 30 gates and cells, its states are its output, 6; b: 5 * 3 * 4 = 60, 3
  // * 4 = 12 states beside the output, 4; loss 2.
  EXPECT_EQ(test::recurrent().activation_elements_per_sample(), 15 + 30 + 6 + 60 + 12 + 4 + 2);
}

TEST(Activations, ReluCannotOverwriteAForkedTensor) {
  ModelBuilder build("fork");
  const std::size_t in = build.input({4, 1, 1});
  const std::size_t a =
      build.add({.name = "a", .kind = LayerKind::dense, .inputs = {in}, .features = 4});
  const std::size_t r = build.add({.name = "r", .kind = LayerKind::relu, .inputs = {a}});
  build.add({.name = "sum", .kind = LayerKind::add, .inputs = {a, r}});
  // Image 4, r 4 (a memory of its own), loss 4; a itself is not needed by any backward.
  EXPECT_EQ(std::move(build).finish().activation_elements_per_sample(), 12);
}

TEST(TrainingMemory, ByPrecision) {
  const Model model = zoo_model("vgg16");
  const double n = 138'357'544;
  const DeviceMemory fp32 = training_memory(model, 1, Precision::fp32, 1);
  EXPECT_EQ(fp32[MemoryPart::weights], Bytes(4 * n));
  EXPECT_EQ(fp32[MemoryPart::gradients], Bytes(4 * n));
  EXPECT_EQ(fp32[MemoryPart::optimizer], Bytes(4 * n));  // momentum
  const DeviceMemory fp16 = training_memory(model, 1, Precision::fp16, 2);
  EXPECT_EQ(fp16[MemoryPart::weights], Bytes(2 * n));
  EXPECT_EQ(fp16[MemoryPart::optimizer], Bytes(12 * n));  // Adam's two moments and the master copy
  // Two masks of dropout, 4096 bytes each, are bytes in both.
  EXPECT_EQ(2 * (fp16[MemoryPart::activations] - Bytes(8192)),
            fp32[MemoryPart::activations] - Bytes(8192));
  EXPECT_EQ(training_memory(model, 1, Precision::fp8, 0)[MemoryPart::weights], Bytes(2 * n));
  EXPECT_EQ(training_memory(model, 64, Precision::fp32, 0)[MemoryPart::activations],
            64 * fp32[MemoryPart::activations]);
}

// Only what products alone read is kept in fp8: of the small chain the output of the ReLU, which
// the gradient of the ReLU reads, stays at 2 bytes.
TEST(TrainingMemory, Fp8IsForInputsOfProducts) {
  // Image 192 in 1 byte; ReLU 256 and loss 10 in 2.
  EXPECT_EQ(training_memory(test::tiny(), 1, Precision::fp8, 0)[MemoryPart::activations],
            Bytes(192 + 2 * (256 + 10)));
}

TEST(TrainingMemory, ResNet50AtBatch64FitsAP100) {
  // It was trained so on 16 GB devices; at batch 512 nobody could.
  const Model model = zoo_model("resnet50");
  EXPECT_LT(training_memory(model, 64, Precision::fp32, 1).total(), Bytes(16e9));
  EXPECT_GT(training_memory(model, 512, Precision::fp32, 1).total(), Bytes(16e9));
}

}  // namespace
}  // namespace rehearse
