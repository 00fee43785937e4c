// VGG-16, configuration D of Simonyan and Zisserman (arXiv:1409.1556), without batch normalisation,
// as torchvision's `vgg16`; 138,357,544 parameters.
#include "kernels/models/zoo/chain.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse::zoo {

Model vgg16(const Plan& plan) {
  struct Stage {
    int convolutions;
    std::int64_t channels;
  };
  constexpr Stage kStages[] = {{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}};

  Chain net("vgg16", {3, plan.image_size, plan.image_size});
  int stage_number = 0;
  for (const Stage& stage : kStages) {
    const std::string prefix = std::to_string(++stage_number);
    for (int i = 1; i <= stage.convolutions; ++i) {
      const std::string name = prefix + "_" + std::to_string(i);
      net.convolution("conv" + name, stage.channels, Window::square(3, 1, 1), true);
      net.relu("relu" + name);
    }
    net.max_pool("pool" + prefix, Window::square(2, 2, 0));
  }
  net.flatten("flatten");
  for (const char* name : {"6", "7"}) {
    net.dense(std::string("fc") + name, 4096);
    net.relu(std::string("relu") + name);
    net.dropout(std::string("drop") + name);
  }
  net.dense("fc8", plan.classes);
  return std::move(net).finish();
}

}  // namespace rehearse::zoo
