// LeNet-5 for 28x28 images padded to 32x32 (LeCun, Bottou, Bengio and Haffner, Proc. IEEE 86(11),
// 1998), in the usual modern form: full connections between the convolutions, ReLU, maximum
// pooling; 61,706 parameters.
#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {

Model lenet5(const Plan& plan) {
  Chain net("lenet5", {1, plan.image_size, plan.image_size});
  net.convolution("conv1", 6, Window::square(5, 1, 2), true);
  net.relu("relu1");
  net.max_pool("pool1", Window::square(2, 2, 0));
  net.convolution("conv2", 16, Window::square(5, 1, 0), true);
  net.relu("relu2");
  net.max_pool("pool2", Window::square(2, 2, 0));
  net.flatten("flatten");
  net.dense("fc1", 120);
  net.relu("relu3");
  net.dense("fc2", 84);
  net.relu("relu4");
  net.dense("fc3", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
