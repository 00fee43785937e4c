#include "kernels/models/zoo/inception_blocks.h"

namespace rehearse::zoo::inception {

void auxiliary_head(Chain& net, std::int64_t classes) {
  const std::size_t trunk = net.at();
  net.average_pool("AuxLogits.pool", Window::square(5, 3, 0));
  unit(net, "AuxLogits.conv0", 128, same(1, 1));
  unit(net, "AuxLogits.conv1", 768, Window::square(5, 1, 0));
  net.global_average_pool("AuxLogits.avgpool");
  net.flatten("AuxLogits.flatten");
  net.dense("AuxLogits.fc", classes);
  net.loss("AuxLogits.loss");
  net.go_to(trunk);
}

}  // namespace rehearse::zoo::inception
