#include "runtime/collectives/halving_doubling.h"

#include <bit>

#include "runtime/collectives/halving.h"

namespace rehearse {

HalvingDoubling::HalvingDoubling(int ranks, std::int64_t elements) : Schedule(ranks, elements) {
  for (int first = 0; first < ranks;) {
    const int levels = std::bit_width(static_cast<unsigned>(ranks - first)) - 1;
    blocks_.push_back({first, levels});
    first += 1 << levels;
  }
}

int HalvingDoubling::reducing_rounds() const {
  return blocks_.front().levels + (blocks_.size() > 1 ? 1 : 0);
}

void HalvingDoubling::actions(int rank, int round, std::vector<Action>& out) const {
  if (round < reducing_rounds()) return reduce(rank, round, out);
  const std::size_t first = out.size();
  reduce(rank, rounds() - 1 - round, out);
  for (std::size_t i = first; i < out.size(); ++i) {
    const bool sent = out[i].kind == Action::Kind::send;
    out[i].kind = sent ? Action::Kind::receive : Action::Kind::send;
  }
}

void HalvingDoubling::reduce(int rank, int round, std::vector<Action>& out) const {
  std::size_t index = 0;
  while (index + 1 < blocks_.size() && blocks_[index + 1].first <= rank) ++index;
  const Block& block = blocks_[index];
  const int me = rank - block.first;
  const auto add = [&](Action::Kind kind, int peer, const ElementRange& range) {
    out.push_back({kind, peer, range.begin, range.size()});
  };
  if (round < block.levels) {
    const int other = me ^ (1 << round);
    add(Action::Kind::send, block.first + other, halved(elements(), other, round + 1));
    add(Action::Kind::receive_add, block.first + other, halved(elements(), me, round + 1));
    return;
  }
  // A block takes over from the next smaller one when it has halved; that one has done so before.
  if (round == block.levels && index + 1 < blocks_.size()) {
    const Block& smaller = blocks_[index + 1];
    const int from = smaller.first + me % (1 << smaller.levels);
    add(Action::Kind::receive_add, from, halved(elements(), me, block.levels));
  }
  if (index > 0 && round == blocks_[index - 1].levels) {
    const Block& larger = blocks_[index - 1];
    for (int to = me; to < 1 << larger.levels; to += 1 << block.levels) {
      add(Action::Kind::send, larger.first + to, halved(elements(), to, larger.levels));
    }
  }
}

}  // namespace rehearse
