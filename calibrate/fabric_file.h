// Writes a fabric profile as the file that read_fabric_profile reads.
#pragma once

#include <string>

#include "topologies/fabric_profile.h"

namespace rehearse {

// Quantities keep three significant digits, relative errors two.
std::string fabric_file(const FabricProfile& profile);

}  // namespace rehearse
