#include "runtime/collectives/all_to_all.h"

#include <bit>

#include "base/contract.h"

namespace rehearse {

AllToAll::AllToAll(int ranks, std::int64_t elements) : Schedule(ranks, elements) {
  EXPECTS(elements % ranks == 0);
}

int AllToAll::partner(int rank, int round) const {
  if (std::has_single_bit(static_cast<unsigned>(ranks()))) return rank ^ (round + 1);
  // Ranks whose numbers add up to the round, on a circle of odd length. Who would meet itself meets
  // the rank beside the circle, if there is one.
  const int circle = ranks() % 2 == 0 ? ranks() - 1 : ranks();
  const auto half = static_cast<int>(std::int64_t{round} * ((circle + 1) / 2) % circle);
  if (rank == circle) return half;
  if (rank == half) return circle < ranks() ? circle : rank;
  return (round - rank + circle) % circle;
}

void AllToAll::actions(int rank, int round, std::vector<Action>& out) const {
  const int peer = partner(rank, round);
  if (peer == rank) return;
  const std::int64_t size = elements() / ranks();
  out.push_back({Action::Kind::send, peer, peer * size, size});
  out.push_back({Action::Kind::receive, peer, peer * size, size});
}

}  // namespace rehearse
