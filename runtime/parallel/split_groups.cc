#include "runtime/parallel/split_groups.h"

#include "base/contract.h"

namespace rehearse {

SplitGroups::SplitGroups(int ranks, int parts) {
  EXPECTS(parts >= 2 && ranks % parts == 0);
  int id = 0;
  const auto add = [&](std::vector<std::shared_ptr<const Group>>& to, int first, int step,
                       int end) {
    std::vector<int> members;
    for (int rank = first; rank < end; rank += step) members.push_back(rank);
    to.push_back(std::make_shared<Group>(++id, std::move(members)));
  };
  for (int first = 0; first < ranks; first += parts) add(groups_, first, 1, first + parts);
  for (int shard = 0; shard < parts; ++shard) add(same_shard_, shard, parts, ranks);
}

const std::shared_ptr<const Group>& SplitGroups::group_of(int rank) const {
  return groups_[static_cast<std::size_t>(rank / parts())];
}

const std::shared_ptr<const Group>& SplitGroups::same_shard_as(int rank) const {
  return same_shard_[static_cast<std::size_t>(rank % parts())];
}

}  // namespace rehearse
