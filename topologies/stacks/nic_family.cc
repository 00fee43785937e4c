#include "topologies/stacks/nic_family.h"

namespace rehearse {

const std::vector<std::string>& nic_family_names() {
  static const std::vector<std::string> kNames{"ib-fdr",      "ib-edr",      "ib-hdr", "ib-ndr",
                                               "slingshot10", "slingshot11", "efa",    "roce",
                                               "omnipath",    "tcp",         "aries"};
  return kNames;
}

}  // namespace rehearse
