#include "runtime/collectives/schedule.h"

#include <algorithm>

namespace rehearse {

std::unique_ptr<Schedule> Schedule::resized(std::int64_t) const { return nullptr; }

std::vector<Phase> Schedule::phases() const {
  std::vector<Phase> all;
  for (int round = 0; round < rounds(); ++round) all.push_back({round, 1});
  return all;
}

void Schedule::volumes(int rank, const Phase& phase, std::vector<Volume>& out) const {
  collect(Action::Kind::send, rank, phase, out);
}

void Schedule::added(int rank, const Phase& phase, std::vector<Volume>& out) const {
  collect(Action::Kind::receive_add, rank, phase, out);
}

std::int64_t Schedule::staged(int) const { return elements(); }

void Schedule::collect(Action::Kind kind, int rank, const Phase& phase,
                       std::vector<Volume>& out) const {
  const std::size_t first = out.size();
  std::vector<Action> round_actions;
  for (int round = phase.first_round; round < phase.first_round + phase.rounds; ++round) {
    round_actions.clear();
    actions(rank, round, round_actions);
    for (const Action& action : round_actions) {
      if (action.kind != kind) continue;
      const auto known =
          std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                       [&](const Volume& volume) { return volume.peer == action.peer; });
      if (known == out.end()) {
        out.push_back({action.peer, action.elements, 1});
      } else {
        known->elements += action.elements;
        ++known->messages;
      }
    }
  }
}

std::int64_t elements_sent(const Schedule& schedule, int rank) {
  std::int64_t sum = 0;
  std::vector<Volume> volumes;
  for (const Phase& phase : schedule.phases()) schedule.volumes(rank, phase, volumes);
  for (const Volume& volume : volumes) sum += volume.elements;
  return sum;
}

}  // namespace rehearse
