// Every rank sends its buffer to the next one, the last one to the first: send_recv of nccl-tests.
#pragma once

#include "runtime/collectives/node_ranks.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {

class Shift : public Schedule {
 public:
  Shift(NodeRanks where, std::int64_t elements) : Schedule(where.ranks, elements), where_(where) {}

  [[nodiscard]] int rounds() const override { return ranks() > 1 ? 1 : 0; }
  [[nodiscard]] std::string kind() const override {
    return "shift of " + std::to_string(where_.per_node);
  }
  [[nodiscard]] std::unique_ptr<Schedule> resized(std::int64_t elements) const override {
    return std::make_unique<Shift>(where_, elements);
  }
  void actions(int rank, int, std::vector<Action>& out) const override {
    out.push_back({Action::Kind::send, (rank + 1) % ranks(), 0, elements()});
    out.push_back({Action::Kind::receive, (rank + ranks() - 1) % ranks(), 0, elements()});
  }

 private:
  NodeRanks where_;
};

}  // namespace rehearse
