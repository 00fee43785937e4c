#include "runtime/parallel/consecutive_groups.h"

#include <numeric>

#include "base/contract.h"

namespace rehearse {

std::vector<std::shared_ptr<const Group>> consecutive_groups(int ranks, int size) {
  EXPECTS(size >= 1 && ranks % size == 0);
  std::vector<std::shared_ptr<const Group>> groups;
  for (int first = 0; first < ranks; first += size) {
    std::vector<int> members(static_cast<std::size_t>(size));
    std::iota(members.begin(), members.end(), first);
    const auto id = static_cast<int>(groups.size()) + 1;
    groups.push_back(std::make_shared<const Group>(id, std::move(members)));
  }
  return groups;
}

}  // namespace rehearse
