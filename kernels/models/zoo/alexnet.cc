// AlexNet in the single-tower form of Krizhevsky, "One weird trick for parallelizing convolutional
// neural networks" (arXiv:1404.5997), as torchvision's `alexnet`; 61,100,840 parameters.
#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {

Model alexnet(const Plan& plan) {
  Chain net("alexnet", {3, plan.image_size, plan.image_size});
  const Window pool = Window::square(3, 2, 0);
  net.convolution("conv1", 64, Window::square(11, 4, 2), true);
  net.relu("relu1");
  net.max_pool("pool1", pool);
  net.convolution("conv2", 192, Window::square(5, 1, 2), true);
  net.relu("relu2");
  net.max_pool("pool2", pool);
  net.convolution("conv3", 384, Window::square(3, 1, 1), true);
  net.relu("relu3");
  net.convolution("conv4", 256, Window::square(3, 1, 1), true);
  net.relu("relu4");
  net.convolution("conv5", 256, Window::square(3, 1, 1), true);
  net.relu("relu5");
  net.max_pool("pool5", pool);
  net.flatten("flatten");
  net.dropout("drop6");
  net.dense("fc6", 4096);
  net.relu("relu6");
  net.dropout("drop7");
  net.dense("fc7", 4096);
  net.relu("relu7");
  net.dense("fc8", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
