// Writes a fabric profile as the file that read_stack_profile reads.
#pragma once

#include <string>

#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// Quantities keep three significant digits, relative errors two.
std::string stack_file(const StackProfile& profile);

}  // namespace rehearse
