// A perceptron for MNIST: 784 - 512 - 512 - 10, with ReLU; 669,706 parameters.
#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {

Model mlp(const Plan& plan) {
  Chain net("mlp", {1, plan.image_size, plan.image_size});
  net.flatten("flatten");
  net.dense("fc1", 512);
  net.relu("relu1");
  net.dense("fc2", 512);
  net.relu("relu2");
  net.dense("fc3", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
