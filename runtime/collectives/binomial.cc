#include "runtime/collectives/binomial.h"

#include <bit>

namespace rehearse {

int BinomialTree::levels() const { return std::bit_width(static_cast<unsigned>(ranks() - 1)); }

std::string BinomialTree::kind() const {
  if (kind_ == Kind::all_reduce) return "binomial all-reduce";
  return kind_ == Kind::broadcast ? "binomial broadcast" : "binomial reduce";
}

int BinomialTree::rounds() const { return kind_ == Kind::all_reduce ? 2 * levels() : levels(); }

void BinomialTree::actions(int rank, int round, std::vector<Action>& out) const {
  const bool reducing = kind_ != Kind::broadcast && round < levels();
  const int turn = kind_ == Kind::all_reduce && !reducing ? round - levels() : round;
  const int level = reducing ? levels() - 1 - turn : turn;
  const int distance = 1 << level;
  if (rank < distance) {
    const int child = rank + distance;
    if (child >= ranks()) return;
    out.push_back(
        {reducing ? Action::Kind::receive_add : Action::Kind::send, child, 0, elements()});
  } else if (rank < 2 * distance) {
    out.push_back(
        {reducing ? Action::Kind::send : Action::Kind::receive, rank - distance, 0, elements()});
  }
}

}  // namespace rehearse
