// Ranks 0, 1, 2, … in groups of equal size.
#pragma once

#include <memory>
#include <vector>

#include "runtime/world/group.h"

namespace rehearse {

// {0 … size - 1}, {size … 2 size - 1}, …; their ids are 1, 2, …. REQUIRES: size divides ranks.
std::vector<std::shared_ptr<const Group>> consecutive_groups(int ranks, int size);

}  // namespace rehearse
