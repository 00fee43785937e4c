#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "kernels/backend.h"
#include "kernels/models/zoo.h"
#include "runtime/data/dataset.h"
#include "runtime/data/input_pipeline.h"

namespace rehearse {
namespace {

constexpr Shape kSequence{.channels = 32, .sequence = 20};

std::vector<float> sequence_of(const Dataset& data, std::int64_t index) {
  std::vector<float> sequence(static_cast<std::size_t>(data.shape().elements()));
  data.read_one(index, sequence);
  return sequence;
}

TEST(SyntheticSequences, SamplesDependOnSeedAndIndexAlone) {
  const auto all = make_synthetic({.shape = kSequence, .size = 40, .seed = 5});
  const auto part = make_synthetic({.shape = kSequence, .first = 17, .size = 23, .seed = 5});
  const auto other = make_synthetic({.shape = kSequence, .size = 40, .seed = 6});
  for (std::int64_t i = 22; i >= 0; --i) {
    EXPECT_EQ(sequence_of(*part, i), sequence_of(*all, 17 + i));
    EXPECT_NE(sequence_of(*part, i), sequence_of(*other, 17 + i));
  }
}

TEST(SyntheticSequences, AreStandardisedAndBalanced) {
  const auto data = make_synthetic({.shape = kSequence, .size = 2000});
  double sum = 0, squares = 0;
  std::vector<int> count(10);
  std::vector<float> sequence(640);
  for (std::int64_t i = 0; i < 2000; ++i) {
    ++count[static_cast<std::size_t>(data->read_one(i, sequence))];
    for (const float value : sequence) {
      sum += value;
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
  }
  EXPECT_NEAR(sum / (2000 * 640), 0, 0.02);
  EXPECT_NEAR(std::sqrt(squares / (2000 * 640)), 1, 0.02);
  EXPECT_EQ(count, std::vector<int>(10, 200));
}

TEST(SyntheticSequences, TakesOtherShapes) {
  for (const Shape& shape : {Shape{.channels = 1, .sequence = 2},
                             {.channels = 3, .sequence = 300},
                             {.channels = 2, .height = 3, .width = 4, .sequence = 5}}) {
    const auto data = make_synthetic({.shape = shape, .classes = 3, .size = 30});
    for (std::int64_t i = 0; i < 30; ++i) {
      for (const float value : sequence_of(*data, i)) ASSERT_LT(std::abs(value), 30.0F);
    }
  }
  EXPECT_THROW(make_synthetic({.shape = {.channels = 3, .sequence = 0}, .size = 1}), Error);
}

// One step of each sequence: all that a model without memory sees at a time.
class LastSteps final : public Dataset {
 public:
  explicit LastSteps(std::shared_ptr<const Dataset> sequences) : sequences_(std::move(sequences)) {}
  [[nodiscard]] std::int64_t size() const override { return sequences_->size(); }
  [[nodiscard]] Shape shape() const override { return {.channels = sequences_->shape().channels}; }
  [[nodiscard]] std::int64_t classes() const override { return sequences_->classes(); }
  void read(std::int64_t index, std::span<float> step,
            std::span<std::int32_t> labels) const override {
    std::vector<float> all(static_cast<std::size_t>(sequences_->shape().elements()));
    sequences_->read(index, all, labels);
    std::copy(all.end() - static_cast<std::ptrdiff_t>(step.size()), all.end(), step.begin());
  }

 private:
  std::shared_ptr<const Dataset> sequences_;
};

constexpr std::int64_t kBatch = 32, kTrain = 4000, kTest = 960;

std::unique_ptr<Executor> trained(const Model& model, std::shared_ptr<const Dataset> data) {
  auto net = cpu_backend().make_executor(model, {.batch = kBatch});
  net->import_parameters(initial_parameters(model, 1));
  const auto adam = cpu_backend().make_optimizer({.name = "adam"}, optimizer_tensors(model), 1);
  constexpr std::int64_t kSteps = 2 * kTrain / kBatch;
  InputPipeline input(std::move(data), {.batch = kBatch, .last_step = kSteps, .readers = 0});
  const std::size_t layers = model.layers().size();
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const Batch& batch = input.next();
    net->load(batch.images, batch.labels);
    for (std::size_t i = 1; i < layers; ++i) net->forward(i);
    for (std::size_t i = layers - 1; i >= 1; --i) net->backward(i);
    adam->step(net->parameters(), net->gradients(), {.lr = 0.003});
  }
  return net;
}

// Of one look at each sample.
double accuracy(Executor& net, std::shared_ptr<const Dataset> data) {
  const std::int64_t steps = data->size() / kBatch;
  InputPipeline input(std::move(data), {.batch = kBatch, .last_step = steps, .readers = 0});
  std::int64_t correct = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    const Batch& batch = input.next();
    net.load(batch.images, batch.labels);
    for (std::size_t i = 1; i < net.model().layers().size(); ++i) net.forward(i);
    correct += net.correct();
  }
  return static_cast<double>(correct) / static_cast<double>(steps * kBatch);
}

TEST(SyntheticSequences, AreLearntByAnLstmAndNotWithoutMemory) {
  const std::shared_ptr<const Dataset> train = make_synthetic({.shape = kSequence, .size = kTrain});
  const std::shared_ptr<const Dataset> test =
      make_synthetic({.shape = kSequence, .first = kTrain, .size = kTest});
  EXPECT_GT(accuracy(*trained(zoo_model("lstm"), train), test), 0.9);

  // The same network for sequences of one step. Chance is 10 %; its deviation over 960 samples is
  // sqrt(0.1 * 0.9 / 960) = 1 %: five of them.
  ModelBuilder build("one step");
  std::size_t at = build.input({.channels = kSequence.channels});
  at = build.add({.name = "lstm", .kind = LayerKind::lstm, .inputs = {at}, .features = 128});
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 10});
  const Model one_step = std::move(build).finish();
  const auto net = trained(one_step, std::make_shared<LastSteps>(train));
  EXPECT_LT(accuracy(*net, std::make_shared<LastSteps>(test)), 0.15);
}

}  // namespace
}  // namespace rehearse
