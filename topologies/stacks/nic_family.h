// What kind of adapter joins a node to its network: by it a stack is found for a network.
#pragma once

#include <string>
#include <vector>

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

const std::vector<std::string>& nic_family_names();  // in the order of NicFamily

}  // namespace rehearse
