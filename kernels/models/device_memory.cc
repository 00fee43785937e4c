#include "kernels/models/device_memory.h"

#include "base/enum_names.h"

namespace rehearse {

std::string_view to_text(MemoryPart part) {
  static constexpr auto kNames = enum_names<MemoryPart>(
      "weights", "gradients", "optimizer", "activations", "transient", "buffers", "framework");
  return kNames.text(part);
}

}  // namespace rehearse
