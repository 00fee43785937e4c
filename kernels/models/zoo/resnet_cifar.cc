// ResNet-20 for CIFAR-10 (He et al., arXiv:1512.03385, section 4.2), with a 1x1 convolution where a
// shortcut changes shape (their option B); 272,474 parameters.
#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {
namespace {

void block(Chain& net, const std::string& name, std::int64_t channels, std::int64_t stride) {
  const std::size_t entry = net.at();
  std::size_t shortcut = entry;
  if (net.shape().channels != channels) {
    net.convolution(name + ".downsample.0", channels, Window::square(1, stride, 0), false);
    shortcut = net.batch_norm(name + ".downsample.1");
    net.go_to(entry);
  }
  net.convolution(name + ".conv1", channels, Window::square(3, stride, 1), false);
  net.batch_norm(name + ".bn1");
  net.relu(name + ".relu1");
  net.convolution(name + ".conv2", channels, Window::square(3, 1, 1), false);
  net.batch_norm(name + ".bn2");
  net.add(name + ".add", shortcut);
  net.relu(name + ".relu2");
}

}  // namespace

Model resnet20_cifar(const Plan& plan) {
  Chain net("resnet20_cifar", {3, plan.image_size, plan.image_size});
  net.convolution("conv1", 16, Window::square(3, 1, 1), false);
  net.batch_norm("bn1");
  net.relu("relu");
  for (int stage = 0; stage < 3; ++stage) {
    for (int i = 0; i < 3; ++i) {
      block(net, "layer" + std::to_string(stage + 1) + "." + std::to_string(i), 16 << stage,
            stage > 0 && i == 0 ? 2 : 1);
    }
  }
  net.global_average_pool("avgpool");
  net.flatten("flatten");
  net.dense("fc", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
