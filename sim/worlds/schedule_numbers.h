// The arithmetic of a collective whose members are emulated: carries out a schedule on real
// numbers, as far as the members that have come allow.
#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "kernels/tensor.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {

class ScheduleNumbers {
 public:
  explicit ScheduleNumbers(int members) : members_(static_cast<std::size_t>(members)) {}

  // The member's numbers as they are now. Borrows its copy of the schedule until it leaves.
  // REQUIRES: each joins once, with the same schedule; float32.
  void join(int member, const Schedule& schedule, const Tensor& tensor);
  // Brings the result to the tensor that it joined with. REQUIRES: all whose messages it needs have
  // joined.
  void leave(int member);

 private:
  struct Member {
    const Schedule* schedule = nullptr;
    Tensor tensor{};
    std::vector<float> values{};
    int round = -1;     // that is under way; -1: it has not joined
    bool sent = false;  // its messages of the round
    std::vector<Action> actions{};
  };

  // Goes through rounds until a message is missing; appends to whom it has sent.
  void advance(int member, std::vector<int>& reached);

  std::vector<Member> members_;
  std::map<std::pair<int, int>, std::deque<std::vector<float>>> under_way_;  // from, to
};

}  // namespace rehearse
