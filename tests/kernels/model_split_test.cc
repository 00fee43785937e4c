#include "kernels/models/model_split.h"

#include <gtest/gtest.h>

#include "kernels/models/training_memory.h"
#include "kernels/models/work.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

// dense1: 512 x 4096 + 4096 = 2,101,248 parameters; dense2: 4096 x 1000 + 1000 = 4,097,000.
Model two_dense_layers() {
  ModelBuilder build("two");
  std::size_t at = build.input({.channels = 512});
  at = build.add({.name = "dense1", .kind = LayerKind::dense, .inputs = {at}, .features = 4096});
  at = build.add({.name = "relu", .kind = LayerKind::relu, .inputs = {at}});
  build.add({.name = "dense2", .kind = LayerKind::dense, .inputs = {at}, .features = 1000});
  return std::move(build).finish();
}

std::vector<std::string> names(const Model& model, const ModelSplit& split) {
  std::vector<std::string> all;
  for (const SplitLayer& layer : split.layers) all.push_back(model.layers()[layer.layer].name);
  return all;
}

using Names = std::vector<std::string>;

TEST(ModelSplit, WhereGradientsOutweighActivations) {
  const Model model = two_dense_layers();
  const auto split = [&](int parts, std::int64_t batch, SplitRule rule) {
    return names(model, split_model(model, parts, batch, rule));
  };
  EXPECT_EQ(split(1, 32, SplitRule::all), Names{});
  // Gathered: 2 x 32 x 512 = 32,768 and 2 x 32 x 4096 = 262,144.
  EXPECT_EQ(split(2, 32, SplitRule::automatic), (Names{"dense1", "dense2"}));
  // Gathered: 8 x 128 x 512 = 524,288 and 8 x 128 x 4096 = 4,194,304.
  EXPECT_EQ(split(8, 128, SplitRule::automatic), Names{"dense1"});
  EXPECT_EQ(split(8, 128, SplitRule::all), (Names{"dense1", "dense2"}));
  // 1000 features do not divide by 16.
  EXPECT_EQ(split(16, 1, SplitRule::all), Names{"dense1"});
}

TEST(ModelSplit, OutputsStayShardedBetweenSplitLayers) {
  const Model model = two_dense_layers();
  const ModelSplit both = split_model(model, 2, 32, SplitRule::automatic);
  EXPECT_FALSE(both.layers[0].leaves);
  EXPECT_TRUE(both.layers[1].leaves);
  EXPECT_FALSE(both.layers[0].scatters);  // it reads the samples
  EXPECT_TRUE(both.layers[1].scatters);
  EXPECT_TRUE(split_model(model, 8, 128, SplitRule::automatic).layers[0].leaves);
}

// As in the paper: all three dense layers of AlexNet and VGG-16.
TEST(ModelSplit, OfTheZoo) {
  const Model vgg = zoo_model("vgg16");
  EXPECT_EQ(names(vgg, split_model(vgg, 4, 64, SplitRule::automatic)),
            (Names{"fc6", "fc7", "fc8"}));
  const Model alexnet = zoo_model("alexnet");
  EXPECT_EQ(split_model(alexnet, 4, 128, SplitRule::automatic).layers.size(), 3);
  // 2048 x 1000 parameters against 8 x 128 x 2048 inputs.
  const Model resnet = zoo_model("resnet50");
  EXPECT_TRUE(split_model(resnet, 8, 128, SplitRule::automatic).layers.empty());
}

TEST(ModelSplit, MemoryIsThatOfTheShard) {
  const Model model = two_dense_layers();
  const ModelSplit split = split_model(model, 2, 32, SplitRule::automatic);
  // (2,101,248 + 4,097,000) / 2.
  EXPECT_EQ(parameters_per_device(model, split), 3'099'124);
  EXPECT_EQ(split.share(1, 512 * 4096), 256 * 4096);
  EXPECT_EQ(split.share(2, 7), 7);
  // The other device's 32 samples of 512 and 4096 inputs.
  EXPECT_EQ(gathered_elements(split, 32), 32 * (512 + 4096));
  const DeviceMemory whole = training_memory(model, 32, Precision::fp32, 1);
  const DeviceMemory part = training_memory(model, 32, Precision::fp32, 1, split);
  EXPECT_EQ(part[MemoryPart::weights], 0.5 * whole[MemoryPart::weights]);
  EXPECT_EQ(part[MemoryPart::gradients], 0.5 * whole[MemoryPart::gradients]);
  EXPECT_EQ(part[MemoryPart::optimizer], 0.5 * whole[MemoryPart::optimizer]);
  EXPECT_EQ(part[MemoryPart::activations],
            whole[MemoryPart::activations] + Bytes(4.0 * 32 * (512 + 4096)));
}

// Half the features for twice the samples: the same operations, the same outputs, twice the inputs
// read and half the weights.
TEST(ModelSplit, AShardDoesItsShareOfTheWork) {
  const Model model = two_dense_layers();
  const Shard shard = shard_of(model, 3, 2);
  for (const auto direction :
       {Direction::forward, Direction::backward_data, Direction::backward_weights}) {
    const Work whole = work(model, 3, direction, 32, Precision::fp32);
    const Work part = work(shard.model, shard.layer, direction, 64, Precision::fp32);
    EXPECT_DOUBLE_EQ(part.flops.value(), whole.flops.value());
    EXPECT_DOUBLE_EQ((part.bytes - whole.bytes).value(), 4.0 * (32 * 4096 - 4'097'000 / 2));
  }
  const Shard first = shard_of(model, 1, 2);
  EXPECT_EQ(work(first.model, first.layer, Direction::backward_data, 64, Precision::fp32).flops,
            Flops(0));
}

}  // namespace
}  // namespace rehearse
