// An ordered set of ranks that communicate among themselves.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace rehearse {

class Group {
 public:
  static constexpr int kMostLanes = 64;

  // `id` distinguishes the groups of a world; `members` are world ranks, each at most once.
  Group(int id, std::vector<int> members)
      : id_(id), members_(std::make_shared<const std::vector<int>>(std::move(members))) {}

  // The same ranks in a communication context of its own, of which a group has kMostLanes: tasks
  // that use different lanes may each have a collective under way, and their messages never meet.
  // The group itself is lane 0; lanes share the list of members.
  [[nodiscard]] Group lane(int number) const {
    Group other = *this;
    other.lane_ = number;
    return other;
  }

  [[nodiscard]] int lane_number() const { return lane_; }
  [[nodiscard]] int id() const { return id_; }  // of the members; the same in all lanes
  // Distinguishes all lanes of all groups of a world; 0 is that of all ranks, in lane 0.
  [[nodiscard]] int context() const { return id_ * kMostLanes + lane_; }
  [[nodiscard]] int size() const { return static_cast<int>(members_->size()); }
  [[nodiscard]] int world_rank(int rank) const {
    return (*members_)[static_cast<std::size_t>(rank)];
  }

 private:
  int id_;
  int lane_ = 0;
  std::shared_ptr<const std::vector<int>> members_;
};

}  // namespace rehearse
