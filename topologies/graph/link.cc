#include "topologies/graph/link.h"

#include "base/enum_names.h"

namespace rehearse {

std::string_view to_text(LinkClass cls) {
  static constexpr auto kNames =
      enum_names<LinkClass>("intra-node", "injection", "up", "down", "local", "local rank 2",
                            "global", "dimension", "other");
  return kNames.text(cls);
}

}  // namespace rehearse
