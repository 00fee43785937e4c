#include "sim/worlds/schedule_numbers.h"

#include <algorithm>

#include "base/contract.h"
#include "kernels/add_arrived.h"

namespace rehearse {

void ScheduleNumbers::join(int member, const Schedule& schedule, const Tensor& tensor) {
  Member& me = members_[static_cast<std::size_t>(member)];
  EXPECTS(me.round < 0 && tensor.elements == schedule.elements());
  me.schedule = &schedule;
  me.tensor = tensor;
  const std::span<const float> values = tensor.values();
  me.values.assign(values.begin(), values.end());
  me.round = 0;
  for (std::vector<int> moving{member}; !moving.empty();) {
    const int next = moving.back();
    moving.pop_back();
    advance(next, moving);
  }
}

void ScheduleNumbers::leave(int member) {
  const Member& me = members_[static_cast<std::size_t>(member)];
  ENSURES(me.round == me.schedule->rounds());
  std::ranges::copy(me.values, me.tensor.floats());
}

void ScheduleNumbers::advance(int member, std::vector<int>& reached) {
  Member& me = members_[static_cast<std::size_t>(member)];
  if (me.round < 0) return;
  while (me.round < me.schedule->rounds()) {
    if (!me.sent) {
      me.actions.clear();
      me.schedule->actions(member, me.round, me.actions);
      for (const Action& action : me.actions) {
        if (action.kind != Action::Kind::send) continue;
        const auto begin = me.values.begin() + action.offset;
        under_way_[{member, action.peer}].emplace_back(begin, begin + action.elements);
        reached.push_back(action.peer);
      }
      me.sent = true;
    }
    const bool all_here = std::ranges::all_of(me.actions, [&](const Action& action) {
      return action.kind == Action::Kind::send || !under_way_[{action.peer, member}].empty();
    });
    if (!all_here) return;
    for (const Action& action : me.actions) {
      if (action.kind == Action::Kind::send) continue;
      auto& messages = under_way_[{action.peer, member}];
      ENSURES(!messages.empty() &&
              static_cast<std::int64_t>(messages.front().size()) == action.elements);
      float* const to = me.values.data() + action.offset;
      if (action.kind == Action::Kind::receive) {
        std::ranges::copy(messages.front(), to);
      } else {
        add_arrived(messages.front().data(), action.elements, to);
      }
      messages.pop_front();
    }
    me.sent = false;
    ++me.round;
  }
}

}  // namespace rehearse
