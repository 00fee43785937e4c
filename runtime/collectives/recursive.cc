#include "runtime/collectives/recursive.h"

#include "runtime/collectives/halving.h"

namespace rehearse {

int RecursiveDoubling::rounds() const {
  return folding_.core_rounds() + (folding_.folds() ? 2 : 0);
}

void RecursiveDoubling::actions(int rank, int round, std::vector<Action>& out) const {
  const int core_round = folding_.folds() ? round - 1 : round;
  if (core_round < 0) return folding_.fold(rank, elements(), out);
  if (core_round == folding_.core_rounds()) return folding_.unfold(rank, elements(), out);
  const int me = folding_.to_core(rank);
  if (me < 0) return;
  const int peer = folding_.from_core(me ^ (1 << core_round));
  out.push_back({Action::Kind::send, peer, 0, elements()});
  out.push_back({Action::Kind::receive_add, peer, 0, elements()});
}

int Rabenseifner::rounds() const { return 2 * folding_.core_rounds() + (folding_.folds() ? 2 : 0); }

void Rabenseifner::actions(int rank, int round, std::vector<Action>& out) const {
  const int core_round = folding_.folds() ? round - 1 : round;
  const int levels = folding_.core_rounds();
  if (core_round < 0) return folding_.fold(rank, elements(), out);
  if (core_round == 2 * levels) return folding_.unfold(rank, elements(), out);
  const int me = folding_.to_core(rank);
  if (me < 0) return;
  const bool halving = core_round < levels;
  const int level = halving ? core_round : 2 * levels - 1 - core_round;
  const int other = me ^ (1 << level);
  const auto [lower, upper] = halves(halved(elements(), me, level));
  const ElementRange mine = me < other ? lower : upper;
  const ElementRange theirs = me < other ? upper : lower;
  const int peer = folding_.from_core(other);
  const auto add = [&](Action::Kind kind, const ElementRange& part) {
    out.push_back({kind, peer, part.begin, part.size()});
  };
  if (halving) {
    add(Action::Kind::send, theirs);
    add(Action::Kind::receive_add, mine);
  } else {
    add(Action::Kind::send, mine);
    add(Action::Kind::receive, theirs);
  }
}

}  // namespace rehearse
