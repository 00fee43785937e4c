// The operations of network records that are no all-reduce, as Schedules.
#pragma once

#include <utility>
#include <vector>

#include "runtime/collectives/schedule.h"

namespace rehearse {

// Messages of all `elements` each, all at once.
class Flows : public Schedule {
 public:
  Flows(int ranks, std::int64_t elements, std::vector<std::pair<int, int>> pairs)
      : Schedule(ranks, elements), pairs_(std::move(pairs)) {}

  [[nodiscard]] int rounds() const override { return 1; }
  void actions(int rank, int, std::vector<Action>& out) const override {
    for (const auto& [from, to] : pairs_) {
      if (from == rank) out.push_back({Action::Kind::send, to, 0, elements()});
      if (to == rank) out.push_back({Action::Kind::receive, from, 0, elements()});
    }
  }

 private:
  std::vector<std::pair<int, int>> pairs_;
};

// Ranks 2i and 2i + 1 send a half of `elements` to each other, so many times.
class PairsExchange : public Schedule {
 public:
  // REQUIRES: elements and ranks are even.
  PairsExchange(int ranks, std::int64_t elements, int turns)
      : Schedule(ranks, elements), turns_(turns) {}

  [[nodiscard]] int rounds() const override { return turns_; }
  void actions(int rank, int, std::vector<Action>& out) const override {
    const std::int64_t half = elements() / 2;
    out.push_back({Action::Kind::send, rank ^ 1, 0, half});
    out.push_back({Action::Kind::receive, rank ^ 1, half, half});
  }

 private:
  int turns_;
};

// Not the AllToAll of runtime/collectives, whose ranks meet in pairs: what Open MPI does.
// Every rank sends a part of `part` elements to every other: to all in one round (linear), or in
// round i to the rank i + 1 further while it receives from the one i + 1 before (pairwise). The
// buffer holds the parts of all ranks; those that come overwrite those that went.
class ShiftedAllToAll : public Schedule {
 public:
  ShiftedAllToAll(int ranks, std::int64_t part, bool pairwise)
      : Schedule(ranks, ranks * part), part_(part), pairwise_(pairwise) {}

  [[nodiscard]] int rounds() const override { return pairwise_ ? ranks() - 1 : 1; }
  void actions(int rank, int round, std::vector<Action>& out) const override {
    const int first = pairwise_ ? round + 1 : 1;
    const int last = pairwise_ ? round + 1 : ranks() - 1;
    for (int i = first; i <= last; ++i) {
      const int to = (rank + i) % ranks();
      const int from = (rank + ranks() - i) % ranks();
      out.push_back({Action::Kind::send, to, to * part_, part_});
      out.push_back({Action::Kind::receive, from, from * part_, part_});
    }
  }

 private:
  std::int64_t part_;
  bool pairwise_;
};

}  // namespace rehearse
