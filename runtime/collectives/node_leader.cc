#include "runtime/collectives/node_leader.h"

#include "base/contract.h"

namespace rehearse {

NodeLeader::NodeLeader(int ranks, std::int64_t elements, int ranks_per_node)
    : Schedule(ranks, elements),
      local_(ranks_per_node),
      scatter_(RingPass::Kind::reduce_scatter, ranks_per_node, elements),
      gather_(RingPass::Kind::all_gather, ranks_per_node, elements),
      across_(ranks / ranks_per_node, elements) {
  EXPECTS(ranks_per_node >= 1 && ranks % ranks_per_node == 0);
}

// Each local stage is a ring of local_ - 1 rounds and one round with the leader: none for one rank.
int NodeLeader::rounds() const { return 2 * (local_ > 1 ? local_ : 0) + across_.rounds(); }

void NodeLeader::actions(int rank, int round, std::vector<Action>& out) const {
  const std::size_t first = out.size();
  const int leader = rank / local_ * local_;
  const int local_rank = rank - leader;
  const int across_begin = local_ > 1 ? local_ : 0;
  const int across_end = across_begin + across_.rounds();
  if (round >= across_begin && round < across_end) {
    if (local_rank > 0) return;
    across_.actions(rank / local_, round - across_begin, out);
    for (std::size_t i = first; i < out.size(); ++i) out[i].peer *= local_;
    return;
  }
  if (round < scatter_.rounds()) {
    scatter_.actions(local_rank, round, out);
  } else if (round < across_begin || round == across_end) {
    between_leader_and_node(local_rank, round < across_begin, out);
  } else {
    gather_.actions(local_rank, round - across_end - 1, out);
  }
  for (std::size_t i = first; i < out.size(); ++i) out[i].peer += leader;
}

void NodeLeader::between_leader_and_node(int local_rank, bool to_leader,
                                         std::vector<Action>& out) const {
  const auto add = [&](bool sends, int peer, int owner) {
    const int part = ring_owned_part(owner, local_);
    const std::int64_t begin = part_begin(elements(), local_, part);
    out.push_back({sends ? Action::Kind::send : Action::Kind::receive, peer, begin,
                   part_begin(elements(), local_, part + 1) - begin});
  };
  if (local_rank > 0) return add(to_leader, 0, local_rank);
  for (int other = 1; other < local_; ++other) add(!to_leader, other, other);
}

std::vector<Phase> NodeLeader::phases() const {
  std::vector<Phase> all;
  const auto ring = [&](const RingPass& pass, int begin) {
    for (const Phase& phase : pass.phases())
      all.push_back({begin + phase.first_round, phase.rounds});
  };
  ring(scatter_, 0);
  const int gather_begin = rounds() - gather_.rounds();
  for (int round = scatter_.rounds(); round < gather_begin; ++round) all.push_back({round, 1});
  ring(gather_, gather_begin);
  return all;
}

std::int64_t NodeLeader::staged(int rank) const {
  return rank % local_ == 0 && across_.ranks() > 1 ? elements() : 0;
}

}  // namespace rehearse
