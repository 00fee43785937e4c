#include "runtime/collectives/pairwise.h"

namespace rehearse {

// The rank itself where it sits out.
int PairwiseExchange::partner(int rank, int round) const {
  const int m = circle();
  // (m + 1) / 2 is the half of 1 modulo m: the rank whose double is the round.
  const auto alone = static_cast<int>(std::int64_t{round} * ((m + 1) / 2) % m);
  if (rank == m) return alone;
  if (rank == alone) return ranks() == m ? rank : m;
  return (round - rank + m) % m;
}

void PairwiseExchange::actions(int rank, int round, std::vector<Action>& out) const {
  const int peer = partner(rank, round);
  if (peer == rank) return;
  const std::int64_t part = elements() / ranks();
  out.push_back({Action::Kind::send, peer, peer * part, part});
  out.push_back({Action::Kind::receive, peer, peer * part, part});
}

}  // namespace rehearse
