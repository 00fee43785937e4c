// Replicas of a real network under the training program, in the in-memory world.
#include "runtime/worlds/replica.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <limits>
#include <memory>

#include "kernels/backend.h"
#include "runtime/strategies/sync_sgd.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

constexpr std::int64_t kSteps = 10;
constexpr std::int64_t kGlobalBatch = 16;
constexpr std::uint64_t kSeed = 3;

// input 2x4x4; dense 12; relu; dense 5; loss.
Model dense_net() {
  ModelBuilder build("dense_net");
  std::size_t at = build.input({.channels = 2, .height = 4, .width = 4});
  at = build.add({.name = "a", .kind = LayerKind::dense, .inputs = {at}, .features = 12});
  at = build.add({.name = "r", .kind = LayerKind::relu, .inputs = {at}});
  build.add({.name = "b", .kind = LayerKind::dense, .inputs = {at}, .features = 5});
  return std::move(build).finish();
}

SyncSgd program_of(const Model& model, int workers) {
  std::vector<TrainingLayer> layers;
  for (std::size_t i = 1; i < model.layers().size(); ++i) {
    TrainingLayer layer{i, {}};
    for (const ParameterTensor& p : model.layers()[i].parameters) {
      layer.parameters.push_back(p.elements);
    }
    layers.push_back(std::move(layer));
  }
  SyncSgd::Options options;
  options.steps = kSteps;
  options.workers = workers;
  options.reducer.batching = ReducerOptions::Batching::buckets;
  options.reducer.first_bucket = Bytes(64);  // several all-reduces per step
  options.reducer.bucket = Bytes(512);
  return {std::move(layers), options};
}

struct Trained {
  std::vector<std::vector<float>> parameters;  // of each rank, plain order
  std::vector<std::vector<double>> losses;
  std::vector<double> loss_scales;  // after the last step
};

// kSteps steps of SGD with momentum on `workers` ranks that share a batch of 16. `loss_scale`: the
// first of each rank; 0: losses are not scaled.
Trained train(int workers, double loss_scale = 0) {
  const Model model = dense_net();
  const std::shared_ptr<const Dataset> data = make_synthetic(
      {.shape = model.input_shape(), .classes = model.classes(), .size = 64, .seed = kSeed});
  const LearningRate rate({.lr = 0.1}, workers, 4);
  const OptimizerOptions rule{.name = "sgd", .momentum = 0.9, .weight_decay = 1e-4};

  std::vector<std::unique_ptr<Executor>> nets;
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  std::vector<std::unique_ptr<InputPipeline>> inputs;
  std::deque<Replica> replicas;
  std::vector<LossScale> scales(static_cast<std::size_t>(workers));
  for (LossScale& scale : scales) scale.restore(loss_scale, 0);
  for (int rank = 0; rank < workers; ++rank) {
    nets.push_back(cpu_backend().make_executor(model, {.batch = kGlobalBatch / workers}));
    // Only rank 0 begins with the parameters; the program hands them on.
    if (rank == 0) nets.back()->import_parameters(initial_parameters(model, kSeed));
    optimizers.push_back(cpu_backend().make_optimizer(rule, optimizer_tensors(model)));
    inputs.push_back(
        std::make_unique<InputPipeline>(data, InputOptions{.batch = kGlobalBatch / workers,
                                                           .rank = rank,
                                                           .workers = workers,
                                                           .last_step = kSteps,
                                                           .readers = 0,
                                                           .seed = kSeed}));
    Replica::Parts parts{.executor = nets.back().get(),
                         .optimizer = optimizers.back().get(),
                         .input = inputs.back().get(),
                         .rate = &rate,
                         .rank = rank,
                         .workers = workers};
    if (loss_scale > 0) parts.loss_scale = &scales[static_cast<std::size_t>(rank)];
    replicas.emplace_back(parts);
  }
  MemoryWorldOptions options;
  options.device = [&](int rank) -> Device& { return replicas[static_cast<std::size_t>(rank)]; };
  const SyncSgd program = program_of(model, workers);
  run_in_memory(workers, options, [&](World& world) {
    Replica& mine = replicas[static_cast<std::size_t>(world.transport().rank())];
    ModelTensors tensors{mine.parameters(), mine.gradients()};
    if (loss_scale > 0) {
      LossScale& scale = scales[static_cast<std::size_t>(world.transport().rank())];
      tensors.checked = [&scale](bool overflow) { scale.update(overflow); };
    }
    program.run(world, tensors, [](std::int64_t, const StepRecord&) {});
  });
  Trained result;
  for (std::size_t rank = 0; rank < replicas.size(); ++rank) {
    EXPECT_EQ(replicas[rank].step(), kSteps - 1);
    result.losses.push_back(replicas[rank].losses());
    result.parameters.emplace_back(nets[rank]->parameters().values().size());
    nets[rank]->export_parameters(result.parameters.back());
    result.loss_scales.push_back(scales[rank].value());
  }
  return result;
}

// The gradient of a batch is the mean of the gradients of its halves: one replica of 16 and two of
// 8 differ only in the order of sums.
TEST(Replica, TwoOfHalfTheBatchDoWhatOneDoes) {
  const Trained one = train(1);
  const Trained two = train(2);
  ASSERT_EQ(one.losses[0].size(), static_cast<std::size_t>(kSteps));
  ASSERT_EQ(two.losses[1].size(), static_cast<std::size_t>(kSteps));
  EXPECT_LT(one.losses[0].back(), one.losses[0].front());
  for (std::size_t i = 0; i < one.losses[0].size(); ++i) {
    EXPECT_NEAR((two.losses[0][i] + two.losses[1][i]) / 2, one.losses[0][i], 1e-5) << i;
  }
  for (std::size_t i = 0; i < one.parameters[0].size(); ++i) {
    ASSERT_NEAR(two.parameters[0][i], one.parameters[0][i], 1e-5F) << i;
  }
}

// A power of two changes no digit.
TEST(Replica, ALossScaleLeavesTheParametersAsTheyAre) {
  const Trained plain = train(2), scaled = train(2, 65536);
  EXPECT_EQ(scaled.losses, plain.losses);
  EXPECT_EQ(scaled.parameters, plain.parameters);
  EXPECT_EQ(scaled.loss_scales, (std::vector<double>{65536, 65536}));
}

// Gradients times 2^134 are infinite, and one halving after the other makes them finite again:
// until then no step moves anything, and later at most one more is left out. Under an infinite
// scale none ever moves anything.
TEST(Replica, StepsWithoutFiniteGradientsAreLeftOut) {
  const double first = std::ldexp(1, 134);
  const Trained trained = train(2, first);
  EXPECT_EQ(trained.loss_scales[1], trained.loss_scales[0]);
  EXPECT_EQ(trained.parameters[1], trained.parameters[0]);
  const auto left_out = static_cast<std::size_t>(std::log2(first / trained.loss_scales[0]));
  ASSERT_GT(left_out, 3U);
  ASSERT_LT(left_out, static_cast<std::size_t>(kSteps) - 2);

  const Trained still = train(2, std::numeric_limits<double>::infinity());
  EXPECT_EQ(still.parameters[0], initial_parameters(dense_net(), kSeed));
  for (std::size_t i = 0; i < left_out; ++i) {
    EXPECT_EQ(trained.losses[0][i], still.losses[0][i]) << i;
  }
  EXPECT_LT(trained.losses[0].back(), still.losses[0].back());
}

TEST(Replica, AllRanksHoldTheSameParametersBitForBit) {
  for (const int workers : {2, 4}) {
    const Trained trained = train(workers);
    for (int rank = 1; rank < workers; ++rank) {
      EXPECT_EQ(trained.parameters[static_cast<std::size_t>(rank)], trained.parameters[0]);
    }
  }
}

// In the order of Executor::parameters(): the last layer first, weight before bias. Biases and both
// tensors of a batch normalisation are one-dimensional.
TEST(OptimizerTensors, FollowTheExecutor) {
  ModelBuilder build("norm");
  std::size_t at = build.input({.channels = 3, .height = 4, .width = 4});
  at = build.add({.name = "c", .kind = LayerKind::convolution, .inputs = {at}, .features = 6});
  at = build.add({.name = "n", .kind = LayerKind::batch_norm, .inputs = {at}});
  build.add({.name = "d", .kind = LayerKind::dense, .inputs = {at}, .features = 2});
  const std::vector<OptimizerTensor> tensors = optimizer_tensors(std::move(build).finish());
  const std::vector<std::int64_t> elements{6 * 4 * 4 * 2, 2, 6, 6, 3 * 6, 6};
  const std::vector<bool> one_dimensional{false, true, true, true, false, true};
  ASSERT_EQ(tensors.size(), elements.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(tensors[i].elements, elements[i]) << i;
    EXPECT_EQ(tensors[i].one_dimensional, one_dimensional[i]) << i;
  }
}

}  // namespace
}  // namespace rehearse
