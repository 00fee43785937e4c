// A step in each precision on a GPU against the same step in fp32 on CPU cores.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "kernels/backend.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/models/zoo.h"
#include "tests/kernels/reference_network.h"
#include "tests/kernels/tiny_models.h"

namespace rehearse {
namespace {

struct Step {
  double loss = 0;
  std::vector<float> gradients;  // plain order
};

Step step_on(const Backend& backend, const Model& model, const ExecutorOptions& options) {
  const auto net = backend.make_executor(model, options);
  net->import_parameters(initial_parameters(model, 1));
  const test::Batch batch = test::random_batch(model, options.batch, 2);
  net->load(batch.images, batch.labels);
  for (std::size_t i = 1; i < model.layers().size(); ++i) net->forward(i);
  for (std::size_t i = model.layers().size() - 1; i >= 1; --i) net->backward(i);
  Step step{net->loss(), std::vector<float>(static_cast<std::size_t>(model.parameter_count()))};
  backend.copy(net->gradients(), net->parameters());  // which have the same order
  net->export_parameters(step.gradients);
  return step;
}

// The cosine of the angle between two vectors.
double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double along = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    along += static_cast<double>(a[i]) * b[i];
    of_a += static_cast<double>(a[i]) * a[i];
    of_b += static_cast<double>(b[i]) * b[i];
  }
  return along / std::sqrt(of_a * of_b);
}

const std::set<Precision> kAll{Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16};

// The relative error of a number is 2^-24 in fp32, 2^-11 in tf32 and fp16, 2^-8 in bf16; a loss
// adds up some tens of them, and the direction of a gradient some more.
void compare(const Model& model, std::int64_t batch, const std::set<Precision>& precisions = kAll) {
  SCOPED_TRACE(model.name());
  const Backend* const gpu = cuda_backend(0);
  if (gpu == nullptr) GTEST_SKIP() << "no GPU";
  const Step exact = step_on(cpu_backend(), model, {.batch = batch, .threads = 2});
  const struct {
    Precision precision;
    double loss, direction;
  } bounds[] = {{Precision::fp32, 1e-4, 1 - 1e-6},
                {Precision::tf32, 1e-2, 0.999},
                {Precision::fp16, 1e-2, 0.99},
                {Precision::bf16, 5e-2, 0.98}};
  for (const auto& bound : bounds) {
    if (!precisions.contains(bound.precision)) continue;
    SCOPED_TRACE(to_text(bound.precision));
    for (const bool deterministic : {false, true}) {
      const Step step =
          step_on(*gpu, model,
                  {.batch = batch, .precision = bound.precision, .deterministic = deterministic});
      EXPECT_NEAR(step.loss, exact.loss, bound.loss * exact.loss);
      EXPECT_GT(cosine(step.gradients, exact.gradients), bound.direction);
    }
  }
}

TEST(GpuExecutor, ComputesResnet) { compare(zoo_model("resnet20_cifar"), 8); }
TEST(GpuExecutor, ComputesMobilenet) { compare(zoo_model("mobilenet_v2", {.image_size = 64}), 4); }
// Its last maps have 2 x 2 pixels: 16 values of each channel are normalised.
TEST(GpuExecutor, ComputesInception) { compare(zoo_model("inception_v3", {.image_size = 107}), 4); }

// Heads of 16 features, which the fused engines of cuDNN take in two bytes.
Model attention(std::int64_t kv_heads, std::int64_t window) {
  ModelBuilder build("attention " + std::to_string(kv_heads) + " " + std::to_string(window));
  std::size_t at = build.input({.channels = 1, .sequence = 96});
  at = build.add({.name = "tokens",
                  .kind = LayerKind::embedding,
                  .inputs = {at},
                  .features = 64,
                  .vocabulary = 50});
  at = build.add({.name = "qkv",
                  .kind = LayerKind::dense,
                  .inputs = {at},
                  .features = (4 + 2 * kv_heads) * 16});
  at = build.add({.name = "attention",
                  .kind = LayerKind::attention,
                  .inputs = {at},
                  .attention = {.heads = 4, .kv_heads = kv_heads, .window = window}});
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 50});
  return std::move(build).finish();
}

// In fewer digits a step may go to another expert.
TEST(GpuExecutor, ComputesMixtures) { compare(test::small_mixture(), 4, {Precision::fp32}); }

// A GELU between dense layers, whose products take it where their rows are multiples of 8.
Model feed_forward(std::int64_t features) {
  ModelBuilder build("feed forward " + std::to_string(features));
  std::size_t at = build.input({.channels = 24});
  at = build.add({.name = "up", .kind = LayerKind::dense, .inputs = {at}, .features = features});
  at = build.add({.name = "gelu", .kind = LayerKind::gelu, .inputs = {at}});
  at = build.add({.name = "down", .kind = LayerKind::dense, .inputs = {at}, .features = 16});
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 10});
  return std::move(build).finish();
}

TEST(GpuExecutor, ComputesTransformers) {
  for (const std::int64_t features : {96, 100}) compare(feed_forward(features), 32);
  for (const std::int64_t kv_heads : {4, 2}) {
    for (const std::int64_t window : {0, 20}) compare(attention(kv_heads, window), 3);
  }
}

TEST(GpuExecutor, RepeatsItselfWhereAsked) {
  const Backend* const gpu = cuda_backend(0);
  if (gpu == nullptr) GTEST_SKIP() << "no GPU";
  const ExecutorOptions options{.batch = 8, .precision = Precision::bf16, .deterministic = true};
  const Model model = zoo_model("resnet20_cifar");
  EXPECT_EQ(step_on(*gpu, model, options).gradients, step_on(*gpu, model, options).gradients);
}

TEST(GpuExecutor, RefusesOtherPrecisions) {
  const Backend* const gpu = cuda_backend(0);
  if (gpu == nullptr) GTEST_SKIP() << "no GPU";
  EXPECT_FALSE(gpu->computes_in(Precision::fp8));
  EXPECT_THROW(gpu->make_executor(zoo_model("mlp"), {.precision = Precision::fp8}),
               ContractViolation);
}

}  // namespace
}  // namespace rehearse
