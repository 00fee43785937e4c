// MobileNetV2 (Sandler et al., arXiv:1801.04381), as torchvision; 3,504,872 parameters. Its relu6
// is a relu here: both cost the same.
#include <array>

#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {
namespace {

// Table 2 of the paper: a row is `repeats` blocks, of which the first has the stride.
struct Row {
  std::int64_t expansion, channels;
  int repeats;
  std::int64_t stride;
};
constexpr std::array<Row, 7> kRows{{{1, 16, 1, 1},
                                    {6, 24, 2, 2},
                                    {6, 32, 3, 2},
                                    {6, 64, 4, 2},
                                    {6, 96, 3, 1},
                                    {6, 160, 3, 2},
                                    {6, 320, 1, 1}}};

void unit(Chain& net, const std::string& name, std::int64_t channels, Window window,
          std::int64_t groups = 1) {
  net.convolution(name + ".0", channels, window, false, groups);
  net.batch_norm(name + ".1");
  net.relu(name + ".2");
}

// Wider by a 1x1 convolution, one filter per channel, narrower without an activation.
void inverted_residual(Chain& net, const std::string& name, const Row& row, std::int64_t stride) {
  const std::size_t entry = net.at();
  const std::int64_t in = net.shape().channels;
  const std::int64_t wide = in * row.expansion;
  int part = 0;
  const auto next = [&] { return name + ".conv." + std::to_string(part++); };
  if (row.expansion != 1) unit(net, next(), wide, Window::square(1, 1, 0));
  unit(net, next(), wide, Window::square(3, stride, 1), wide);
  net.convolution(next(), row.channels, Window::square(1, 1, 0), false);
  net.batch_norm(next());
  if (stride == 1 && in == row.channels) net.add(name + ".add", entry);
}

}  // namespace

Model mobilenet_v2(const Plan& plan) {
  constexpr std::int64_t kFirst = 32, kLast = 1280;
  constexpr double kDropout = 0.2;
  Chain net("mobilenet_v2", {3, plan.image_size, plan.image_size});
  unit(net, "features.0", kFirst, Window::square(3, 2, 1));
  int block = 1;
  for (const Row& row : kRows) {
    for (int i = 0; i < row.repeats; ++i, ++block) {
      inverted_residual(net, "features." + std::to_string(block), row, i == 0 ? row.stride : 1);
    }
  }
  unit(net, "features." + std::to_string(block), kLast, Window::square(1, 1, 0));
  net.global_average_pool("avgpool");
  net.flatten("flatten");
  net.dropout("classifier.0", kDropout);
  net.dense("classifier.1", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
