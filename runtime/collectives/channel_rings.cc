#include "runtime/collectives/channel_rings.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

int wrap(int value, int size) { return (value % size + size) % size; }

void add_volume(std::vector<Volume>& out, std::size_t first, const Volume& more) {
  const auto known = std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                                  [&](const Volume& v) { return v.peer == more.peer; });
  if (known == out.end()) {
    out.push_back(more);
  } else {
    known->elements += more.elements;
    known->messages += more.messages;
  }
}

}  // namespace

int RingOrder::entry_of(int node) const {
  const int size = where_.size(node);
  // By how far the exit of a node lies behind its entry.
  const int full = where_.size(0);
  const int shift = zigzag_ ? full / 2 : full - 1;
  return static_cast<int>((entry_ + std::int64_t{node} * shift) % full) % size;
}

int RingOrder::position_of(int rank) const {
  const int node = where_.node_of(rank);
  const int size = where_.size(node);
  const int ahead = wrap(rank - where_.first(node) - entry_of(node), size);
  int index = ahead;
  if (zigzag_) index = ahead == 0 ? 0 : ahead <= size / 2 ? 2 * ahead - 1 : 2 * (size - ahead);
  return where_.first(node) + index;
}

int RingOrder::rank_at(int position) const {
  const int node = where_.node_of(position);
  const int index = position - where_.first(node);
  int ahead = index;
  if (zigzag_) ahead = index % 2 == 1 ? (index + 1) / 2 : -index / 2;
  return where_.first(node) + wrap(entry_of(node) + ahead, where_.size(node));
}

RingOrder ring_order(NodeRanks where, int channels, int channel, bool zigzag) {
  const int size = where.size(0);
  // An odd node has no decomposition into zigzags; turning serves it as well.
  return {where, static_cast<int>(std::int64_t{channel} * size / channels),
          zigzag && size % 2 == 0};
}

ChannelRings::ChannelRings(Operation operation, NodeRanks where, std::int64_t elements,
                           int channels, bool zigzag)
    : Schedule(where.ranks, elements),
      operation_(operation),
      where_(where),
      channels_(channels),
      zigzag_(zigzag) {
  EXPECTS(operation == Operation::all_reduce || operation == Operation::all_gather ||
          operation == Operation::reduce_scatter);
  EXPECTS(channels >= 1);
  for (int c = 0; c < channels; ++c) orders_.push_back(ring_order(where, channels, c, zigzag));
}

int ChannelRings::rounds() const {
  const int pass = ranks() - 1;
  return operation_ == Operation::all_reduce ? 2 * pass : pass;
}

std::string ChannelRings::kind() const {
  return to_text(operation_) + " on " + std::to_string(channels_) + (zigzag_ ? " zigzag" : "") +
         " rings of " + std::to_string(where_.per_node);
}

std::unique_ptr<Schedule> ChannelRings::resized(std::int64_t elements) const {
  return std::make_unique<ChannelRings>(operation_, where_, elements, channels_, zigzag_);
}

ChannelRings::Range ChannelRings::share(int rank, int channel) const {
  const std::int64_t begin = part_begin(elements(), ranks(), rank);
  const std::int64_t part = part_begin(elements(), ranks(), rank + 1) - begin;
  const std::int64_t from = part_begin(part, channels_, channel);
  return {begin + from, part_begin(part, channels_, channel + 1) - from};
}

std::int64_t ChannelRings::channel_elements(int channel) const {
  const std::int64_t small = elements() / ranks();
  const std::int64_t larger = elements() % ranks();  // parts of one element more
  const auto share_of = [&](std::int64_t part) {
    return part_begin(part, channels_, channel + 1) - part_begin(part, channels_, channel);
  };
  return larger * share_of(small + 1) + (ranks() - larger) * share_of(small);
}

void ChannelRings::actions(int rank, int round, std::vector<Action>& out) const {
  const int pass = ranks() - 1;
  const bool reducing = operation_ == Operation::reduce_scatter ||
                        (operation_ == Operation::all_reduce && round < pass);
  const int turn = operation_ == Operation::all_reduce && !reducing ? round - pass : round;
  for (int c = 0; c < channels_; ++c) {
    const RingOrder& order = orders_[static_cast<std::size_t>(c)];
    const int me = order.position_of(rank);
    // All-gather starts with a rank's own part, reduce-scatter with that of the one before.
    const int sent = wrap(me - (reducing ? 1 : 0) - turn, ranks());
    const int received = wrap(sent - 1, ranks());
    const auto act = [&](Action::Kind kind, int peer, int part) {
      const Range range = share(order.rank_at(part), c);
      out.push_back({kind, order.rank_at(wrap(peer, ranks())), range.begin, range.elements});
    };
    act(Action::Kind::send, me + 1, sent);
    act(reducing ? Action::Kind::receive_add : Action::Kind::receive, me - 1, received);
  }
}

std::vector<Phase> ChannelRings::phases() const {
  if (ranks() == 1) return {};
  const int passes = operation_ == Operation::all_reduce ? 2 : 1;
  const int between = passes * (where_.nodes() - 1);
  return {{0, rounds(), {.inside = rounds() - between, .between = between}}};
}

void ChannelRings::volumes(int rank, const Phase&, std::vector<Volume>& out) const {
  const std::size_t first = out.size();
  for (int c = 0; c < channels_; ++c) {
    const RingOrder& order = orders_[static_cast<std::size_t>(c)];
    const int next = order.rank_at(wrap(order.position_of(rank) + 1, ranks()));
    // A pass sends every part but one: the own one, or the next one's.
    std::int64_t total = 0;
    if (operation_ != Operation::all_gather) total += channel_elements(c) - share(rank, c).elements;
    if (operation_ != Operation::reduce_scatter) {
      total += channel_elements(c) - share(next, c).elements;
    }
    add_volume(out, first, {next, total, rounds()});
  }
}

void ChannelRings::added(int rank, const Phase&, std::vector<Volume>& out) const {
  if (operation_ == Operation::all_gather) return;
  const std::size_t first = out.size();
  for (int c = 0; c < channels_; ++c) {
    const RingOrder& order = orders_[static_cast<std::size_t>(c)];
    const int before = order.rank_at(wrap(order.position_of(rank) - 1, ranks()));
    // Every part comes by, but the one that this rank sends first, that of the one before.
    add_volume(out, first, {before, channel_elements(c) - share(before, c).elements, ranks() - 1});
  }
}

}  // namespace rehearse
