#include "kernels/devices/layer_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "kernels/devices/layer_fusion.h"
#include "kernels/devices/measured_layers.h"
#include "kernels/models/zoo.h"
#include "tests/kernels/tiny_models.h"

namespace rehearse {
namespace {

std::size_t index_of(const Model& model, const std::string& name) {
  const auto found = std::find_if(model.layers().begin(), model.layers().end(),
                                  [&](const Layer& layer) { return layer.name == name; });
  return static_cast<std::size_t>(found - model.layers().begin());
}

std::string key(const Model& model, const std::string& name) {
  return layer_key(model, index_of(model, name));
}

TEST(LayerKey, NamesWhatCosts) {
  const Model resnet = zoo_model("resnet50");
  EXPECT_EQ(key(resnet, "conv1"),
            "convolution 3x224x224 -> 64x112x112 kernel 7x7 stride 2x2 padding 3x3 groups 1 first");
  EXPECT_EQ(key(resnet, "layer1.0.conv3"),
            "convolution 64x56x56 -> 256x56x56 kernel 1x1 stride 1x1 padding 0x0 groups 1");
  EXPECT_EQ(key(resnet, "bn1"), "batch_norm 64x112x112 relu fused");
  EXPECT_EQ(key(resnet, "relu"), "relu 64x112x112 fused into batch_norm");
  EXPECT_EQ(key(resnet, "layer1.0.bn3"), "batch_norm 256x56x56");
  EXPECT_EQ(key(resnet, "layer1.0.add"), "add 2 of 256x56x56 relu fused");
  EXPECT_EQ(key(resnet, "layer1.0.relu3"), "relu 256x56x56 fused into add shared 2");
  EXPECT_EQ(key(resnet, "maxpool"),
            "max_pool 64x112x112 -> 64x56x56 kernel 3x3 stride 2x2 padding 1x1 shared 2");
  EXPECT_EQ(key(resnet, "avgpool"), "global_average_pool 2048x7x7 -> 2048");
  EXPECT_EQ(key(resnet, "fc"), "dense 2048 -> 1000 bias");
  EXPECT_EQ(key(test::recurrent(), "a"), "lstm 3x5 -> 3x2 first");
  EXPECT_EQ(key(test::recurrent(), "b"), "lstm 3x2 -> 4");

  const Model alexnet = zoo_model("alexnet");
  EXPECT_EQ(key(alexnet, "fc6"), "dense 9216 -> 4096 bias relu fused");
  EXPECT_EQ(key(alexnet, "drop7"), "dropout 4096");
  EXPECT_EQ(key(zoo_model("inception_v3"), "Mixed_5b.concat"),
            "concat 64x35x35 64x35x35 96x35x35 32x35x35 shared 4");
  EXPECT_EQ(key(test::tiny(), "conv"),
            "convolution 3x8x8 -> 4x8x8 kernel 3x3 stride 1x1 padding 1x1 groups 1 bias relu fused "
            "first");
}

TEST(LayerKey, IsSharedByEqualLayers) {
  const Model model = zoo_model("resnet50");
  std::set<std::string> keys;
  for (std::size_t i = 0; i < model.layers().size(); ++i) keys.insert(layer_key(model, i));
  EXPECT_LT(keys.size(), model.layers().size() / 2);
  EXPECT_EQ(key(model, "layer3.1.conv2"), key(model, "layer3.5.conv2"));
}

TEST(Fusion, NeedsAReluThatReadsAlone) {
  const Model residual = test::residual();  // a is read twice
  EXPECT_FALSE(applies_relu(residual, index_of(residual, "a")));
  const Model tiny = test::tiny();
  EXPECT_TRUE(applies_relu(tiny, index_of(tiny, "conv")));
  EXPECT_TRUE(is_fused_relu(tiny, index_of(tiny, "relu")));
  EXPECT_FALSE(applies_relu(tiny, index_of(tiny, "relu")));
  EXPECT_FALSE(applies_relu(tiny, index_of(tiny, "fc")));
}

TEST(MeasuredLayers, AreFoundByKeyAndBatch) {
  MeasuredLayers layers;
  EXPECT_TRUE(layers.empty());
  MeasuredLayer layer;
  layer.forward.alone = Duration(1);
  layer.backward_data.alone = Duration(2);
  layer.backward_weights.alone = Duration(3);
  layer.backward_weights_work.flops = Flops(5);
  layers.add("dense 3 -> 4", 8, layer);
  EXPECT_FALSE(layers.empty());
  EXPECT_EQ(layers.find("dense 3 -> 4", 9), nullptr);
  EXPECT_EQ(layers.find("dense 3 -> 5", 8), nullptr);
  const MeasuredLayer* found = layers.find("dense 3 -> 4", 8);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->time(Direction::forward).alone, Duration(1));
  EXPECT_EQ(found->time(Direction::backward_data).alone, Duration(2));
  EXPECT_EQ(found->time(Direction::backward_weights).alone, Duration(3));
  EXPECT_EQ(found->work(Direction::backward_weights).flops, Flops(5));
  layer.forward.alone = Duration(7);
  layers.add("dense 3 -> 4", 8, layer);  // the newer measurement holds
  EXPECT_EQ(layers.all().size(), 1u);
  EXPECT_EQ(layers.find("dense 3 -> 4", 8)->forward.alone, Duration(7));
}

}  // namespace
}  // namespace rehearse
