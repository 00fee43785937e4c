#include "kernels/cuda/parameter_order.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "kernels/models/model.h"
#include "kernels/models/zoo.h"

namespace rehearse::cuda {
namespace {

Model network() {
  ModelBuilder build("network");
  std::size_t x = build.input({2, 4, 4});
  x = build.add({.name = "conv",
                 .kind = LayerKind::convolution,
                 .inputs = {x},
                 .features = 6,
                 .window = Window::square(3, 1, 1),
                 .groups = 2});
  x = build.add({.name = "point", .kind = LayerKind::convolution, .inputs = {x}, .features = 5});
  x = build.add({.name = "norm", .kind = LayerKind::batch_norm, .inputs = {x}});
  x = build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {x}, .features = 3});
  return std::move(build).finish();
}

TEST(CudaParameterOrder, PutsChannelsTogether) {
  const Model model = network();
  // 6 outputs, 2 / 2 = 1 channel of the group: nothing changes places.
  EXPECT_TRUE(parameter_order(model, 1, 0).is_plain());
  EXPECT_EQ(parameter_order(model, 1, 0).elements(), 6 * 1 * 9);
  EXPECT_TRUE(parameter_order(model, 1, 1).is_plain());
  EXPECT_TRUE(parameter_order(model, 2, 0).is_plain());  // one pixel
  EXPECT_TRUE(parameter_order(model, 3, 0).is_plain());
  // The dense layer reads images of 5 channels and 4 x 4 pixels.
  EXPECT_EQ(parameter_order(model, 4, 0),
            (ParameterOrder{.outputs = 3, .channels = 5, .space = 16}));
  EXPECT_TRUE(parameter_order(model, 4, 1).is_plain());
}

TEST(CudaParameterOrder, ChangesPlaces) {
  // Two outputs, two channels, three pixels. Plain 0 to 11: channel 0 of output 0 is 0 1 2, channel
  // 1 is 3 4 5; by pixels the pairs (0 3), (1 4), (2 5).
  const ParameterOrder order{.outputs = 2, .channels = 2, .space = 3};
  std::vector<float> plain(12), here(12), back(12);
  std::iota(plain.begin(), plain.end(), 0.0F);
  to_device_order(order, plain, here);
  EXPECT_EQ(here, (std::vector<float>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11}));
  to_plain_order(order, here, back);
  EXPECT_EQ(back, plain);
}

TEST(CudaParameterOrder, HasAllElementsOfEveryTensor) {
  for (const char* name : {"resnet20_cifar", "mobilenet_v2", "vgg16"}) {
    const Model model = zoo_model(name);
    for (std::size_t i = 1; i < model.layers().size(); ++i) {
      const std::vector<ParameterTensor>& tensors = model.layers()[i].parameters;
      for (std::size_t k = 0; k < tensors.size(); ++k) {
        EXPECT_EQ(parameter_order(model, i, k).elements(), tensors[k].elements) << tensors[k].name;
      }
    }
  }
}

}  // namespace
}  // namespace rehearse::cuda
