#include "kernels/models/device_memory.h"

namespace rehearse {

std::string_view to_text(MemoryPart part) {
  static constexpr std::array<std::string_view, kMemoryParts> kNames{
      "weights", "gradients", "optimizer", "activations", "transient", "buffers", "framework"};
  return kNames[static_cast<std::size_t>(part)];
}

}  // namespace rehearse
