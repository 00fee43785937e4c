// The networks of the zoo, one function each. Options are complete: zoo.cc has filled the defaults
// and refused what a network lacks.
#pragma once

#include "kernels/models/model.h"

namespace rehearse::zoo {

struct Plan {
  std::int64_t classes = 1000;
  std::int64_t image_size = 224;  // 0: the network takes no images
  bool aux = false;
};

Model mlp(const Plan& plan);
Model lenet5(const Plan& plan);
Model alexnet(const Plan& plan);
Model vgg16(const Plan& plan);
Model resnet50(const Plan& plan);
Model resnet101(const Plan& plan);
Model resnet152(const Plan& plan);
Model resnet20_cifar(const Plan& plan);
Model inception_v3(const Plan& plan);
Model mobilenet_v2(const Plan& plan);
Model densenet121(const Plan& plan);
Model lstm(const Plan& plan);
Model vit_b16(const Plan& plan);

}  // namespace rehearse::zoo
