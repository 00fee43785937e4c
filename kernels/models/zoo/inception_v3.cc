// Inception-v3 (Szegedy et al., arXiv:1512.00567) as torchvision's `inception_v3`, 299x299 pixels;
// 23,834,568 parameters, 27,161,264 with the auxiliary head.
#include "kernels/models/zoo/inception_blocks.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {

Model inception_v3(const Plan& plan) {
  using namespace inception;
  Chain net(plan.aux ? "inception_v3_aux" : "inception_v3", {3, plan.image_size, plan.image_size});
  unit(net, "Conv2d_1a_3x3", 32, Window::square(3, 2, 0));
  unit(net, "Conv2d_2a_3x3", 32, Window::square(3, 1, 0));
  unit(net, "Conv2d_2b_3x3", 64, Window::square(3, 1, 1));
  net.max_pool("maxpool1", Window::square(3, 2, 0));
  unit(net, "Conv2d_3b_1x1", 80, Window::square(1, 1, 0));
  unit(net, "Conv2d_4a_3x3", 192, Window::square(3, 1, 0));
  net.max_pool("maxpool2", Window::square(3, 2, 0));
  block_a(net, "Mixed_5b", 32);
  block_a(net, "Mixed_5c", 64);
  block_a(net, "Mixed_5d", 64);
  block_b(net, "Mixed_6a");
  block_c(net, "Mixed_6b", 128);
  block_c(net, "Mixed_6c", 160);
  block_c(net, "Mixed_6d", 160);
  block_c(net, "Mixed_6e", 192);
  if (plan.aux) auxiliary_head(net, plan.classes);
  block_d(net, "Mixed_7a");
  block_e(net, "Mixed_7b");
  block_e(net, "Mixed_7c");
  net.global_average_pool("avgpool");
  net.dropout("dropout");
  net.flatten("flatten");
  net.dense("fc", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
