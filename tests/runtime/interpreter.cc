#include "tests/runtime/interpreter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

namespace rehearse {

void run(const Schedule& schedule, Data& data) {
  std::map<std::pair<int, int>, std::deque<std::vector<double>>> wire;
  std::vector<Action> actions;
  for (int round = 0; round < schedule.rounds(); ++round) {
    for (const bool sending : {true, false}) {
      for (int rank = 0; rank < schedule.ranks(); ++rank) {
        actions.clear();
        schedule.actions(rank, round, actions);
        auto& mine = data[static_cast<std::size_t>(rank)];
        for (const Action& a : actions) {
          ASSERT_GE(a.offset, 0);
          ASSERT_LE(a.offset + a.elements, schedule.elements());
          ASSERT_NE(a.peer, rank);
          const auto begin = mine.begin() + a.offset;
          if (sending && a.kind == Action::Kind::send) {
            wire[{rank, a.peer}].emplace_back(begin, begin + a.elements);
          } else if (!sending && a.kind != Action::Kind::send) {
            auto& queue = wire[{a.peer, rank}];
            ASSERT_FALSE(queue.empty());
            ASSERT_EQ(static_cast<std::int64_t>(queue.front().size()), a.elements);
            for (std::int64_t i = 0; i < a.elements; ++i) {
              const double value = queue.front()[static_cast<std::size_t>(i)];
              a.kind == Action::Kind::receive ? begin[i] = value : begin[i] += value;
            }
            queue.pop_front();
          }
        }
      }
    }
    for (const auto& [pair, queue] : wire) ASSERT_TRUE(queue.empty());
  }
}

namespace {

std::vector<Volume> sorted(std::vector<Volume> volumes) {
  std::sort(volumes.begin(), volumes.end(),
            [](const Volume& a, const Volume& b) { return a.peer < b.peer; });
  return volumes;
}

}  // namespace

void expect_volumes(const Schedule& schedule) {
  int next = 0;
  for (const Phase& phase : schedule.phases()) {
    EXPECT_EQ(phase.first_round, next);
    next += phase.rounds;
    for (int rank = 0; rank < schedule.ranks(); ++rank) {
      std::vector<Volume> folded;
      std::vector<Volume> summed;
      schedule.volumes(rank, phase, folded);
      schedule.Schedule::volumes(rank, phase, summed);
      EXPECT_EQ(sorted(folded), sorted(summed));
      folded.clear();
      summed.clear();
      schedule.added(rank, phase, folded);
      schedule.Schedule::added(rank, phase, summed);
      EXPECT_EQ(sorted(folded), sorted(summed));
    }
  }
  EXPECT_EQ(next, schedule.rounds());
}

}  // namespace rehearse
