#include "runtime/collectives/hierarchical.h"

#include "runtime/collectives/recursive.h"

namespace rehearse {

Hierarchical::Hierarchical(int ranks, std::int64_t elements, int ranks_per_node)
    : Schedule(ranks, elements),
      local_(ranks_per_node),
      scatter_(RingPass::Kind::reduce_scatter, ranks, elements, ranks_per_node),
      gather_(RingPass::Kind::all_gather, ranks, elements, ranks_per_node) {
  for (int rank = 0; rank < local_; ++rank) {
    const std::int64_t size = owned_in_node(elements, rank, local_).size();
    across_.push_back(std::make_unique<Rabenseifner>(ranks / local_, size));
  }
}

int Hierarchical::rounds() const {
  return scatter_.rounds() + across_.front()->rounds() + gather_.rounds();
}

void Hierarchical::actions(int rank, int round, std::vector<Action>& out) const {
  const int across_end = scatter_.rounds() + across_.front()->rounds();
  if (round < scatter_.rounds()) return scatter_.actions(rank, round, out);
  if (round >= across_end) return gather_.actions(rank, round - across_end, out);
  const std::size_t first = out.size();
  const int local_rank = rank % local_;
  across_[static_cast<std::size_t>(local_rank)]->actions(rank / local_, round - scatter_.rounds(),
                                                         out);
  const std::int64_t begin = owned_in_node(elements(), rank, local_).begin;
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].peer = out[i].peer * local_ + local_rank;
    out[i].offset += begin;
  }
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
