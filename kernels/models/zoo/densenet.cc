// DenseNet-121 (Huang, Liu, van der Maaten and Weinberger, arXiv:1608.06993), as torchvision;
// 7,978,856 parameters. Each layer of a block reads all maps that the block has made before it.
#include <array>
#include <vector>

#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {
namespace {

constexpr std::int64_t kGrowth = 32;     // channels that a layer adds
constexpr std::int64_t kBottleneck = 4;  // channels of its 1x1 convolution, of kGrowth
constexpr std::array<int, 4> kBlocks{6, 12, 24, 16};

// Normalises first and convolves last.
void unit(Chain& net, const std::string& name, const std::string& number, std::int64_t channels,
          Window window) {
  net.batch_norm(name + ".norm" + number);
  net.relu(name + ".relu" + number);
  net.convolution(name + ".conv" + number, channels, window, false);
}

void block(Chain& net, const std::string& name, int layers) {
  std::vector<std::size_t> parts{net.at()};
  for (int i = 1; i <= layers; ++i) {
    const std::string layer = name + ".denselayer" + std::to_string(i);
    if (parts.size() > 1) net.concat(layer + ".concat", parts);
    unit(net, layer, "1", kBottleneck * kGrowth, Window::square(1, 1, 0));
    unit(net, layer, "2", kGrowth, Window::square(3, 1, 1));
    parts.push_back(net.at());
  }
  net.concat(name + ".concat", parts);
}

}  // namespace

Model densenet121(const Plan& plan) {
  Chain net("densenet121", {3, plan.image_size, plan.image_size});
  net.convolution("features.conv0", 2 * kGrowth, Window::square(7, 2, 3), false);
  net.batch_norm("features.norm0");
  net.relu("features.relu0");
  net.max_pool("features.pool0", Window::square(3, 2, 1));
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    block(net, "features.denseblock" + number, kBlocks[i]);
    if (i + 1 == kBlocks.size()) break;
    const std::string transition = "features.transition" + number;
    unit(net, transition, "", net.shape().channels / 2, Window::square(1, 1, 0));
    net.average_pool(transition + ".pool", Window::square(2, 2, 0));
  }
  net.batch_norm("features.norm5");
  net.relu("relu");
  net.global_average_pool("avgpool");
  net.flatten("flatten");
  net.dense("classifier", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
