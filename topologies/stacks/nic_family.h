// What kind of adapter joins a node to its network: by it a stack is found for a network.
#pragma once

#include "base/enum_names.h"

namespace rehearse {

enum class NicFamily {
  ib_fdr,
  ib_edr,
  ib_hdr,
  ib_ndr,
  slingshot10,
  slingshot11,
  efa,
  roce,
  omnipath,
  tcp,  // messages go through the kernel's TCP
  aries
};

inline constexpr auto kNicFamilyNames =
    enum_names<NicFamily>("ib-fdr", "ib-edr", "ib-hdr", "ib-ndr", "slingshot10", "slingshot11",
                          "efa", "roce", "omnipath", "tcp", "aries");

}  // namespace rehearse
