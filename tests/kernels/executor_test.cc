#include "kernels/backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/models/zoo.h"
#include "tests/kernels/every_backend.h"
#include "tests/kernels/reference_network.h"
#include "tests/kernels/tiny_models.h"

namespace rehearse {
namespace {

class EveryExecutor : public EveryBackend {};

using test::Batch;

void run_step(Executor& net) {
  for (std::size_t i = 1; i < net.model().layers().size(); ++i) net.forward(i);
  for (std::size_t i = net.model().layers().size() - 1; i >= 1; --i) net.backward(i);
}

Model with_dropout(bool of_image = false) {
  ModelBuilder build("dropout");
  std::size_t at = build.input({3, 6, 6});
  at = build.add({.name = "conv",
                  .kind = LayerKind::convolution,
                  .inputs = {at},
                  .features = 20,
                  .window = Window::square(3, 1, 1)});
  at = build.add({.name = "norm", .kind = LayerKind::batch_norm, .inputs = {at}});
  at = build.add({.name = "relu", .kind = LayerKind::relu, .inputs = {at}});
  if (!of_image) at = build.add({.name = "flat", .kind = LayerKind::flatten, .inputs = {at}});
  at = build.add({.name = "drop", .kind = LayerKind::dropout, .inputs = {at}, .dropout_rate = 0.3});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {at}, .features = 4});
  return std::move(build).finish();
}

TEST_P(EveryExecutor, ParametersComeBackAsTheyWent) {
  for (const std::string name : {"lenet5", "resnet20_cifar", "mlp", "lstm"}) {
    if (name == "lstm" && !is_recurrent()) continue;
    const Model model = zoo_model(name);
    const auto net = backend().make_executor(model, {.batch = 2});
    const std::vector<float> values = initial_parameters(model, 1);
    ASSERT_EQ(net->parameters().elements, model.parameter_count());
    ASSERT_EQ(net->gradients().elements, net->parameters().elements);
    net->import_parameters(values);
    std::vector<float> back(values.size());
    net->export_parameters(back);
    EXPECT_EQ(back, values) << name;
    // A permutation within each tensor: nothing is lost or padded.
    std::vector<float> held = values_of(net->parameters()), sorted = values;
    std::sort(held.begin(), held.end());
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(held, sorted) << name;
  }
}

void expect_equal_bits(const Model& model) {
  const Batch batch = test::random_batch(model, 3, 1);
  std::vector<std::vector<float>> gradients;
  std::vector<double> losses;
  for (int run = 0; run < 2; ++run) {
    const auto net = backend().make_executor(model, {.batch = 3, .threads = 2});
    net->import_parameters(initial_parameters(model, 1));
    for (int step = 0; step < 2; ++step) {
      net->load(batch.images, batch.labels);
      net->set_dropout_stream(9);
      run_step(*net);
      gradients.push_back(values_of(net->gradients()));
      losses.push_back(net->loss());
    }
  }
  for (std::size_t i = 1; i < losses.size(); ++i) {
    EXPECT_EQ(losses[i], losses[0]);
    EXPECT_EQ(gradients[i], gradients[0]);
  }
}

TEST_P(EveryExecutor, EqualStepsGiveEqualBits) {
  expect_equal_bits(test::small_mixture());
  expect_equal_bits(with_dropout(true));
  if (is_recurrent()) expect_equal_bits(zoo_model("lstm"));
}

TEST_P(EveryExecutor, DropoutFollowsItsStreamAndSeed) {
  const Model model = with_dropout();
  const Batch batch = test::random_batch(model, 2, 1);
  const auto loss = [&](std::uint64_t seed, std::uint64_t stream) {
    const auto net = backend().make_executor(model, {.batch = 2, .dropout_seed = seed});
    net->import_parameters(initial_parameters(model, 1));
    net->load(batch.images, batch.labels);
    net->set_dropout_stream(stream);
    run_step(*net);
    return net->loss();
  };
  EXPECT_EQ(loss(1, 2), loss(1, 2));
  EXPECT_NE(loss(1, 2), loss(1, 3));
  EXPECT_NE(loss(1, 2), loss(2, 2));
  EXPECT_NE(loss(1, 2), loss(1, (std::uint64_t{1} << 32) + 2));
}

TEST_P(EveryExecutor, DropoutKeepsItsShareAndTheMean) {
  ModelBuilder build("shares");
  std::size_t at = build.input({8000, 1, 1});
  at = build.add({.name = "drop", .kind = LayerKind::dropout, .inputs = {at}, .dropout_rate = 0.2});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {at}, .features = 2, .bias = false});
  const Model model = std::move(build).finish();
  const auto net = backend().make_executor(model, {.batch = 1});
  // Scores: (sum of what passes, 0) with inputs and weights 1e-3 and 1 -> loss - log(1 + e^s) = -s.
  std::vector<float> weights(16000, 0.0F);
  std::fill_n(weights.begin(), 8000, 1.0F);
  net->import_parameters(weights);
  net->load(std::vector<float>(8000, 1e-3F), std::vector<std::int32_t>{1});
  for (std::size_t i = 1; i < model.layers().size(); ++i) net->forward(i);
  const double sum = std::log(std::expm1(net->loss()));  // loss = log(1 + e^s)
  // 8000 * 1e-3 = 8 on average; a binomial of 8000 at 0.8 has a deviation of 35.8 elements, each
  // 1.25e-3: 0.045. Five of them.
  EXPECT_NEAR(sum, 8, 0.23);
  EXPECT_NE(sum, 8);
  net->set_training(false);
  for (std::size_t i = 1; i < model.layers().size(); ++i) net->forward(i);
  EXPECT_NEAR(std::log(std::expm1(net->loss())), 8, 1e-3);
}

TEST_P(EveryExecutor, EvaluationTakesTheRunningStatistics) {
  const Model model = with_dropout();
  const Batch batch = test::random_batch(model, 3, 1);
  const auto net = backend().make_executor(model, {.batch = 3});
  const std::vector<float> values = initial_parameters(model, 1);
  net->import_parameters(values);
  net->load(batch.images, batch.labels);
  ASSERT_EQ(net->statistics().elements, 40);
  EXPECT_EQ(values_of(net->statistics())[0], 0);
  EXPECT_EQ(values_of(net->statistics())[20], 1);
  for (int step = 0; step < 3; ++step) run_step(*net);
  EXPECT_NE(values_of(net->statistics())[0], 0);
  net->set_training(false);
  const std::vector<float> before = values_of(net->statistics());
  for (std::size_t i = 1; i < model.layers().size(); ++i) net->forward(i);
  EXPECT_EQ(values_of(net->statistics()), before);
  const std::vector<double> parameters(values.begin(), values.end());
  const std::vector<double> statistics(before.begin(), before.end());
  EXPECT_NEAR(net->loss(),
              test::reference_loss(model, batch, parameters, {.training = false}, statistics),
              2e-5);
}

TEST_P(EveryExecutor, RunningStatisticsMoveByATenth) {
  ModelBuilder build("statistics");
  std::size_t at = build.input({1, 2, 1});
  at = build.add({.name = "norm", .kind = LayerKind::batch_norm, .inputs = {at}});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {at}, .features = 2});
  const Model model = std::move(build).finish();
  const auto net = backend().make_executor(model, {.batch = 2});
  net->load(std::vector<float>{1, 2, 3, 6}, std::vector<std::int32_t>{0, 1});
  for (std::size_t i = 1; i < model.layers().size(); ++i) net->forward(i);
  // Mean 12 / 4 = 3; squared distances 4 + 1 + 0 + 9 = 14, unbiased variance 14 / 3.
  EXPECT_NEAR(values_of(net->statistics())[0], 0.1 * 3, 1e-6);
  EXPECT_NEAR(values_of(net->statistics())[1], 0.9 + 0.1 * 14 / 3, 1e-6);
}

TEST_P(EveryExecutor, ASmallNetworkLearnsABatchByHeart) {
  const Model model = with_dropout();
  const Batch batch = test::random_batch(model, 8, 1);
  const auto net = backend().make_executor(model, {.batch = 8});
  net->import_parameters(initial_parameters(model, 1));
  net->load(batch.images, batch.labels);
  for (std::uint64_t step = 0; step < 60; ++step) {
    net->set_dropout_stream(step);
    run_step(*net);
    std::vector<float> values = values_of(net->parameters());
    const std::vector<float> gradients = values_of(net->gradients());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= 0.05F * gradients[i];
    write_values(values, net->parameters());
  }
  EXPECT_LT(net->loss(), 0.05);
  EXPECT_EQ(net->correct(), 8);
}

// Two threads add up what one does, in the same order.
// A power of two changes no digit.
TEST_P(EveryExecutor, MultipliesGradientsByTheLossScale) {
  const Model model = zoo_model("lenet5");
  const auto net = backend().make_executor(model, {.batch = 4});
  net->import_parameters(initial_parameters(model, 1));
  const Batch batch = test::random_batch(model, 4, 2);
  const auto gradients_with = [&](double scale) {
    net->set_loss_scale(scale);
    net->load(batch.images, batch.labels);
    run_step(*net);
    return values_of(net->gradients());
  };
  std::vector<float> expected = gradients_with(1);
  const double loss = net->loss();
  for (float& value : expected) value *= 1024;
  EXPECT_EQ(gradients_with(1024), expected);
  EXPECT_EQ(net->loss(), loss);
}

TEST_P(EveryExecutor, TransformersDoNotDependOnThreads) {
  const Model model = test::small_mixture();
  const Batch batch = test::random_batch(model, 4, 1);
  std::vector<std::vector<float>> gradients;
  for (const int threads : {1, 2}) {
    const auto net = backend().make_executor(model, {.batch = 4, .threads = threads});
    net->import_parameters(initial_parameters(model, 1));
    net->load(batch.images, batch.labels);
    run_step(*net);
    gradients.push_back(values_of(net->gradients()));
  }
  for (std::size_t i = 0; i < gradients[0].size(); ++i) {
    ASSERT_NEAR(gradients[1][i], gradients[0][i], 1e-6F) << i;
  }
}

TEST_P(EveryExecutor, CountsTheStepsThatItPredicts) {
  const Model model = test::small_mixture();
  const auto net = backend().make_executor(model, {.batch = 2});
  net->import_parameters(
      std::vector<float>(static_cast<std::size_t>(model.parameter_count()), 0.0F));
  const Batch batch = test::random_batch(model, 2, 1);
  net->load(batch.images, batch.labels);
  for (std::size_t i = 1; i < model.layers().size(); ++i) net->forward(i);
  // All scores are 0: the loss is log(classes), and the first class is taken for the best.
  EXPECT_NEAR(net->loss(), std::log(static_cast<double>(model.classes())), 1e-6);
  EXPECT_EQ(net->correct(), std::count(batch.labels.begin(), batch.labels.end(), 0));
  EXPECT_EQ(batch.labels.size(), 2u * 6u);
}

TEST_P(EveryExecutor, RefusesWhatItCannotCompute) {
  ModelBuilder build("sequence");
  const std::size_t at = build.input({4, 1, 1, 7});
  build.add({.name = "norm", .kind = LayerKind::batch_norm, .inputs = {at}});
  const Model sequence = std::move(build).finish();
  try {
    (void)backend().make_executor(sequence, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("cannot compute 'norm' of sequences (of layers with"),
              0)
        << error.what();
  }

  ModelBuilder heads("head_norm");
  const std::size_t input = heads.input({.channels = 12, .sequence = 2});
  heads.add({.name = "heads",
             .kind = LayerKind::head_norm,
             .inputs = {input},
             .attention = {.heads = 2, .kv_heads = 2}});
  try {
    (void)backend().make_executor(std::move(heads).finish(), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "cannot compute 'heads' (layers of the kind head_norm can be predicted, but not "
                 "trained here): use 'predict'");
  }

  ModelBuilder even("even lrn");
  std::size_t in = even.input({4, 2, 2});
  in = even.add({.name = "lrn", .kind = LayerKind::lrn, .inputs = {in}, .lrn_size = 4});
  even.add({.name = "fc", .kind = LayerKind::dense, .inputs = {in}, .features = 2});
  EXPECT_THROW(backend().make_executor(std::move(even).finish(), {}), Error);
}

TEST_P(EveryExecutor, RefusesGhostBatches) {
  ModelBuilder build("ghost");
  std::size_t at = build.input({3, 6, 6});
  at = build.add({.name = "norm", .kind = LayerKind::batch_norm, .inputs = {at}, .ghost = 2});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {at}, .features = 4});
  EXPECT_THROW(backend().make_executor(std::move(build).finish(), {.batch = 4}), Error);
}

// A step of each network: the loss of an untrained one is near log(classes), gradients are finite
// and reach the first layer.
void check_step(const std::string& name, const ZooOptions& options, std::int64_t samples) {
  SCOPED_TRACE(name);
  const Model model = zoo_model(name, options);
  const auto net = backend().make_executor(model, {.batch = samples});
  net->import_parameters(initial_parameters(model, 1));
  const Batch batch = test::random_batch(model, samples, 1);
  net->load(batch.images, batch.labels);
  run_step(*net);
  EXPECT_TRUE(std::isfinite(net->loss()));
  EXPECT_GT(net->loss(), 0);
  const std::vector<float> gradients = values_of(net->gradients());
  EXPECT_TRUE(
      std::all_of(gradients.begin(), gradients.end(), [](float g) { return std::isfinite(g); }));
  EXPECT_TRUE(std::any_of(gradients.end() - 64, gradients.end(), [](float g) { return g != 0; }));
}

TEST_P(EveryExecutor, TakesAStepOfTheSmallNetworksOfTheZoo) {
  check_step("mlp", {}, 4);
  check_step("lenet5", {}, 4);
  check_step("resnet20_cifar", {}, 4);
  if (is_recurrent()) check_step("lstm", {}, 4);
}

TEST_P(EveryExecutor, TakesAStepOfTheLargeNetworksOfTheZoo) {
  check_step("alexnet", {}, 1);
  check_step("resnet50", {.image_size = 64}, 2);
  check_step("resnet152", {.image_size = 32}, 2);
  check_step("inception_v3", {.aux = true}, 1);
}

REHEARSE_FOR_EVERY_BACKEND(EveryExecutor);

}  // namespace
}  // namespace rehearse
