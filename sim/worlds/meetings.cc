#include "sim/worlds/meetings.h"

#include <numeric>

namespace rehearse {

namespace s4u = simgrid::s4u;

Meetings::Meetings(int ranks, bool suspends) : suspends_(suspends) {
  std::vector<int> members(static_cast<std::size_t>(ranks));
  std::iota(members.begin(), members.end(), 0);
  world_ = std::make_shared<Group>(0, std::move(members));
}

s4u::SemaphorePtr Meetings::copied(const Group& group, int a, int b) {
  s4u::SemaphorePtr& semaphore = copied_[channel_number(group.context(), a, b)];
  if (!semaphore) semaphore = s4u::Semaphore::create(0);
  return semaphore;
}

Meeting& Meetings::of(const Group& group, std::int64_t turn) {
  auto& slot = meetings_[{group.context(), turn}];
  if (!slot) {
    slot = std::make_unique<Meeting>();
    slot->gathering.emplace(group.size(), suspends_);
  }
  return *slot;
}

void Meetings::leave(const Group& group, std::int64_t turn) {
  const auto found = meetings_.find({group.context(), turn});
  if (++found->second->left == group.size()) meetings_.erase(found);
}

}  // namespace rehearse
