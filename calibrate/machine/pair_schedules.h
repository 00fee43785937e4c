// What ranks do to measure messages, as Schedules: many turns in one call, so that the call's own
// cost does not count.
#pragma once

#include "runtime/collectives/schedule.h"

namespace rehearse {

// The first rank sends everything to the second, which sends it back; so many turns.
class PingPong : public Schedule {
 public:
  PingPong(std::int64_t elements, int turns) : Schedule(2, elements), turns_(turns) {}

  [[nodiscard]] int rounds() const override { return 2 * turns_; }
  void actions(int rank, int round, std::vector<Action>& out) const override {
    const auto kind = round % 2 == rank ? Action::Kind::send : Action::Kind::receive;
    out.push_back({kind, 1 - rank, 0, elements()});
  }

 private:
  int turns_;
};

// Both ranks send a half of `elements` and receive the other half at once, as in the step of a
// ring; so many turns. What came in goes out next, as in a ring: numbers that never change would be
// read from the reader's own cache.
class PairExchange : public Schedule {
 public:
  // REQUIRES: elements is even.
  PairExchange(std::int64_t elements, int turns) : Schedule(2, elements), turns_(turns) {}

  [[nodiscard]] int rounds() const override { return turns_; }
  void actions(int rank, int round, std::vector<Action>& out) const override {
    const std::int64_t half = elements() / 2;
    const int sent = (rank + round) % 2;
    out.push_back({Action::Kind::send, 1 - rank, sent * half, half});
    out.push_back({Action::Kind::receive, 1 - rank, (1 - sent) * half, half});
  }

 private:
  int turns_;
};

// Nothing, by any number of ranks.
class Silence : public Schedule {
 public:
  explicit Silence(int ranks) : Schedule(ranks, 0) {}

  [[nodiscard]] int rounds() const override { return 0; }
  void actions(int, int, std::vector<Action>&) const override {}
};

}  // namespace rehearse
