#include "runtime/collectives/switch_sum.h"

#include "base/contract.h"

namespace rehearse {

SwitchSum::SwitchSum(Operation operation, NodeRanks where, std::int64_t elements)
    : Stage(where.ranks, elements), operation_(operation), where_(where) {
  EXPECTS(operation == Operation::all_reduce || operation == Operation::all_gather ||
          operation == Operation::reduce_scatter);
  EXPECTS(where.whole());
}

int SwitchSum::rounds() const {
  if (where_.per_node == 1) return 0;
  return operation_ == Operation::all_reduce ? 2 : 1;
}

std::string SwitchSum::kind() const {
  return to_text(operation_) + " in switches of " + std::to_string(where_.per_node);
}

std::unique_ptr<Schedule> SwitchSum::resized(std::int64_t elements) const {
  return std::make_unique<SwitchSum>(operation_, where_, elements);
}

void SwitchSum::actions(int rank, int round, std::vector<Action>& out) const {
  const bool reducing = operation_ != Operation::all_gather && round == 0;
  const int first = where_.first(where_.node_of(rank));
  const int size = where_.per_node;
  const int me = rank - first;
  const auto act = [&](Action::Kind kind, int peer, int part) {
    const std::int64_t begin = part_begin(elements(), size, part);
    out.push_back({kind, first + peer, begin, part_begin(elements(), size, part + 1) - begin});
  };
  for (int step = 1; step < size; ++step) {
    const int peer = (me + step) % size;
    act(Action::Kind::send, peer, reducing ? peer : me);
    act(reducing ? Action::Kind::receive_add : Action::Kind::receive, peer, reducing ? me : peer);
  }
}

std::vector<Phase> SwitchSum::phases() const {
  if (rounds() == 0) return {};
  return {{0, rounds(), steps(), switched()}};
}

std::int64_t SwitchSum::switched() const {
  if (where_.per_node == 1) return 0;
  return operation_ == Operation::all_reduce ? elements() + elements() / where_.per_node
                                             : elements();
}

}  // namespace rehearse
