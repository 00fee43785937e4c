#include "runtime/collectives/ring.h"

#include "base/contract.h"

namespace rehearse {
namespace {

int wrap(int value, int ranks) { return ((value % ranks) + ranks) % ranks; }

}  // namespace

int RingPass::rounds() const {
  const int pass = ranks() - 1;
  return kind_ == Kind::all_reduce ? 2 * pass : pass;
}

std::string RingPass::kind() const {
  if (kind_ == Kind::all_reduce) return "ring all-reduce";
  return kind_ == Kind::all_gather ? "ring all-gather" : "ring reduce-scatter";
}

std::unique_ptr<Schedule> RingPass::resized(std::int64_t elements) const {
  return std::make_unique<RingPass>(kind_, ranks(), elements, shift_);
}

void RingPass::actions(int rank, int round, std::vector<Action>& out) const {
  const int pass = ranks() - 1;
  const bool reducing =
      kind_ == Kind::reduce_scatter || (kind_ == Kind::all_reduce && round < pass);
  const int turn = kind_ == Kind::all_reduce && !reducing ? round - pass : round;
  // All-gather starts with the part that a rank owns, reduce-scatter with the one before.
  const int sent = wrap(rank + shift_ - (reducing ? 1 : 0) - turn, ranks());
  const int received = wrap(sent - 1, ranks());
  const auto range = [&](Action::Kind kind, int peer, int part) {
    const std::int64_t begin = part_begin(elements(), ranks(), part);
    out.push_back({kind, peer, begin, part_begin(elements(), ranks(), part + 1) - begin});
  };
  range(Action::Kind::send, wrap(rank + 1, ranks()), sent);
  range(reducing ? Action::Kind::receive_add : Action::Kind::receive, wrap(rank - 1, ranks()),
        received);
}

std::vector<Phase> RingPass::phases() const {
  if (ranks() == 1) return {};
  return {{0, rounds()}};
}

void RingPass::volumes(int rank, const Phase& phase, std::vector<Volume>& out) const {
  EXPECTS(phase.first_round == 0 && phase.rounds == rounds());
  // A pass of P-1 rounds sends every part but one: the part that would come next.
  std::int64_t total = 0;
  if (kind_ != Kind::all_gather) total += elements() - part_size(rank, 0);
  if (kind_ != Kind::reduce_scatter) total += elements() - part_size(rank, 1);
  out.push_back({wrap(rank + 1, ranks()), total, rounds()});
}

void RingPass::added(int rank, const Phase& phase, std::vector<Volume>& out) const {
  EXPECTS(phase.first_round == 0 && phase.rounds == rounds());
  if (kind_ == Kind::all_gather) return;
  // Every part comes by, but the one that this rank sends first.
  out.push_back({wrap(rank - 1, ranks()), elements() - part_size(rank, -1), ranks() - 1});
}

std::int64_t RingPass::staged(int rank) const {
  if (kind_ == Kind::all_reduce) return elements();
  const std::int64_t both_ways =
      kind_ == Kind::all_gather ? elements() : elements() + part_size(rank, 0);
  return (both_ways + 1) / 2;
}

std::int64_t RingPass::part_size(int rank, int steps) const {
  const int part = wrap(rank + shift_ + steps, ranks());
  return part_begin(elements(), ranks(), part + 1) - part_begin(elements(), ranks(), part);
}

}  // namespace rehearse
