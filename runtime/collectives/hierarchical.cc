#include "runtime/collectives/hierarchical.h"

#include "base/contract.h"
#include "runtime/collectives/recursive.h"

namespace rehearse {

Hierarchical::Hierarchical(int ranks, std::int64_t elements, int ranks_per_node)
    : Schedule(ranks, elements),
      local_(ranks_per_node),
      scatter_(RingPass::Kind::reduce_scatter, ranks_per_node, elements),
      gather_(RingPass::Kind::all_gather, ranks_per_node, elements) {
  EXPECTS(ranks_per_node >= 1 && ranks % ranks_per_node == 0);
  for (int rank = 0; rank < local_; ++rank) {
    const int part = ring_owned_part(rank, local_);
    const std::int64_t size =
        part_begin(elements, local_, part + 1) - part_begin(elements, local_, part);
    across_.push_back(std::make_unique<Rabenseifner>(ranks / local_, size));
  }
}

int Hierarchical::rounds() const {
  return scatter_.rounds() + across_.front()->rounds() + gather_.rounds();
}

void Hierarchical::actions(int rank, int round, std::vector<Action>& out) const {
  const std::size_t first = out.size();
  const int node = rank / local_;
  const int local_rank = rank % local_;
  const int across_end = scatter_.rounds() + across_.front()->rounds();
  if (round >= scatter_.rounds() && round < across_end) {
    across_[static_cast<std::size_t>(local_rank)]->actions(node, round - scatter_.rounds(), out);
    const std::int64_t begin = part_begin(elements(), local_, ring_owned_part(local_rank, local_));
    for (std::size_t i = first; i < out.size(); ++i) {
      out[i].peer = out[i].peer * local_ + local_rank;
      out[i].offset += begin;
    }
    return;
  }
  if (round < scatter_.rounds()) {
    scatter_.actions(local_rank, round, out);
  } else {
    gather_.actions(local_rank, round - across_end, out);
  }
  for (std::size_t i = first; i < out.size(); ++i) out[i].peer += node * local_;
}

std::vector<Phase> Hierarchical::phases() const {
  std::vector<Phase> all;
  int round = 0;
  const auto append = [&](const Schedule& stage) {
    for (const Phase& phase : stage.phases()) {
      all.push_back({round + phase.first_round, phase.rounds});
    }
    round += stage.rounds();
  };
  append(scatter_);
  append(*across_.front());
  append(gather_);
  return all;
}

std::int64_t Hierarchical::staged(int rank) const {
  const Schedule& across = *across_[static_cast<std::size_t>(rank % local_)];
  return across.ranks() > 1 ? across.elements() : 0;
}

}  // namespace rehearse
