// Who communicates with whom when layers are split over groups of consecutive ranks.
//
// With 6 ranks and 2 parts the groups are {0, 1}, {2, 3}, {4, 5}: each holds the split layers once.
// The ranks 0, 2, 4 hold the same shard, and so do 1, 3, 5; they average its gradients.
#pragma once

#include <memory>
#include <vector>

#include "runtime/world/world.h"

namespace rehearse {

class SplitGroups {
 public:
  // REQUIRES: parts >= 2 and divides ranks.
  SplitGroups(int ranks, int parts);

  [[nodiscard]] int parts() const { return static_cast<int>(same_shard_.size()); }

  // One object per group, shared by its members. Ids are unique in a world: 0 is the world itself.
  [[nodiscard]] const std::shared_ptr<const Group>& group_of(int rank) const;
  [[nodiscard]] const std::shared_ptr<const Group>& same_shard_as(int rank) const;

  // All of them.
  [[nodiscard]] const std::vector<std::shared_ptr<const Group>>& groups() const { return groups_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const Group>>& same_shard() const {
    return same_shard_;
  }

 private:
  std::vector<std::shared_ptr<const Group>> groups_;
  std::vector<std::shared_ptr<const Group>> same_shard_;  // by shard
};

}  // namespace rehearse
