#include "topologies/graph/link.h"

#include <array>

namespace rehearse {

std::string_view to_text(LinkClass cls) {
  static constexpr std::array<std::string_view, kLinkClasses> kNames{
      "intra-node",   "injection", "up",        "down", "local",
      "local rank 2", "global",    "dimension", "other"};
  return kNames[static_cast<std::size_t>(cls)];
}

}  // namespace rehearse
