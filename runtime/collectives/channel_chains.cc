#include "runtime/collectives/channel_chains.h"

#include "base/contract.h"

namespace rehearse {

ChannelChains::ChannelChains(Operation operation, NodeRanks where, std::int64_t elements,
                             int channels, bool zigzag, bool back_to_back)
    : Stage(where.ranks, elements),
      operation_(operation),
      where_(where),
      channels_(channels),
      back_to_back_(back_to_back) {
  EXPECTS(operation == Operation::broadcast || operation == Operation::reduce);
  EXPECTS(channels >= 1);
  for (int c = 0; c < channels; ++c) orders_.push_back(ring_order(where, channels, c, zigzag));
}

void ChannelChains::actions(int rank, int round, std::vector<Action>& out) const {
  const bool summing = operation_ == Operation::reduce;
  for (int c = 0; c < channels_; ++c) {
    const RingOrder& order = orders_[static_cast<std::size_t>(c)];
    const int root = order.position_of(0);
    const auto at = [&](int place) { return order.rank_at((root + place) % ranks()); };
    // Behind the root, the first of a broadcast and the last of a reduce.
    const int first = summing ? 1 : 0;
    const int place = (order.position_of(rank) - root - first + 2 * ranks()) % ranks();
    const std::int64_t begin = part_begin(elements(), channels_, c);
    const std::int64_t size = part_begin(elements(), channels_, c + 1) - begin;
    if (place == round) out.push_back({Action::Kind::send, at(first + place + 1), begin, size});
    if (place == round + 1) {
      out.push_back({summing ? Action::Kind::receive_add : Action::Kind::receive,
                     at(first + place - 1 + ranks()), begin, size});
    }
  }
}

PhaseSteps ChannelChains::steps() const {
  if (back_to_back_) return {.inside = 1};
  const int between = where_.nodes() - 1;
  const int inside = ranks() - 1 - between;
  return {.inside = inside, .between = between, .filling = (between > 0 ? between : inside) - 1};
}

}  // namespace rehearse
