// ResNet-50, -101 and -152 (He, Zhang, Ren and Sun, arXiv:1512.03385) with the stride in the 3x3
// convolution of a block, as torchvision ("v1.5"); 25,557,032, 44,549,160 and 60,192,808
// parameters.
#include <array>

#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {
namespace {

constexpr std::int64_t kExpansion = 4;

void normalised(Chain& net, const std::string& convolution, const std::string& norm,
                std::int64_t channels, Window window) {
  net.convolution(convolution, channels, window, false);
  net.batch_norm(norm);
}

void bottleneck(Chain& net, const std::string& name, std::int64_t width, std::int64_t stride) {
  const std::size_t entry = net.at();
  const std::int64_t out = width * kExpansion;
  std::size_t shortcut = entry;
  if (net.shape().channels != out) {
    normalised(net, name + ".downsample.0", name + ".downsample.1", out,
               Window::square(1, stride, 0));
    shortcut = net.at();
    net.go_to(entry);
  }
  normalised(net, name + ".conv1", name + ".bn1", width, Window::square(1, 1, 0));
  net.relu(name + ".relu1");
  normalised(net, name + ".conv2", name + ".bn2", width, Window::square(3, stride, 1));
  net.relu(name + ".relu2");
  normalised(net, name + ".conv3", name + ".bn3", out, Window::square(1, 1, 0));
  net.add(name + ".add", shortcut);
  net.relu(name + ".relu3");
}

Model resnet(const std::string& name, const Plan& plan, const std::array<int, 4>& blocks) {
  Chain net(name, {3, plan.image_size, plan.image_size});
  normalised(net, "conv1", "bn1", 64, Window::square(7, 2, 3));
  net.relu("relu");
  net.max_pool("maxpool", Window::square(3, 2, 1));
  std::int64_t width = 64;
  for (std::size_t stage = 0; stage < blocks.size(); ++stage, width *= 2) {
    for (int i = 0; i < blocks[stage]; ++i) {
      bottleneck(net, "layer" + std::to_string(stage + 1) + "." + std::to_string(i), width,
                 stage > 0 && i == 0 ? 2 : 1);
    }
  }
  net.global_average_pool("avgpool");
  net.flatten("flatten");
  net.dense("fc", plan.classes);
  return std::move(net).finish();
}

}  // namespace

Model resnet50(const Plan& plan) { return resnet("resnet50", plan, {3, 4, 6, 3}); }
Model resnet101(const Plan& plan) { return resnet("resnet101", plan, {3, 4, 23, 3}); }
Model resnet152(const Plan& plan) { return resnet("resnet152", plan, {3, 8, 36, 3}); }

}  // namespace rehearse::zoo
