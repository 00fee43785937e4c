#include "calibrate/machine/schedule_estimate.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

Bytes wire_size(const Action& action) { return Bytes(4.0 * static_cast<double>(action.elements)); }

Duration time_of(const std::vector<Action>& actions, int rank, const ScheduleCosts& costs) {
  const auto is_send = [](const Action& a) { return a.kind == Action::Kind::send; };
  const auto sends = std::count_if(actions.begin(), actions.end(), is_send);
  const bool both_ways = sends > 0 && sends < static_cast<std::ptrdiff_t>(actions.size());
  Duration total;
  for (const Action& a : actions) {
    if (is_send(a) && both_ways) continue;  // under way while the others arrive
    const bool near = costs.node_of[static_cast<std::size_t>(rank)] ==
                      costs.node_of[static_cast<std::size_t>(a.peer)];
    const auto& level = near ? costs.inside : costs.between;
    EXPECTS(level);
    total += message_time(both_ways ? level->exchanged : level->one_way, wire_size(a));
    if (a.kind == Action::Kind::receive_add) total += message_time(costs.addition, wire_size(a));
  }
  return total;
}

}  // namespace

Duration estimate(const Schedule& schedule, const ScheduleCosts& costs) {
  EXPECTS(static_cast<int>(costs.node_of.size()) == schedule.ranks());
  std::vector<Action> actions;
  Duration total = costs.call;
  for (int round = 0; round < schedule.rounds(); ++round) {
    Duration slowest;
    for (int rank = 0; rank < schedule.ranks(); ++rank) {
      actions.clear();
      schedule.actions(rank, round, actions);
      slowest = std::max(slowest, time_of(actions, rank, costs));
    }
    total += slowest;
  }
  return total;
}

}  // namespace rehearse
