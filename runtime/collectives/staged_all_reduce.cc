#include "runtime/collectives/staged_all_reduce.h"

#include "base/contract.h"
#include "runtime/collectives/double_tree.h"
#include "runtime/collectives/ring.h"
#include "runtime/collectives/switch_sum.h"

namespace rehearse {
namespace {

std::unique_ptr<Schedule> stage_inside(StagedAllReduce::Inside inside, bool scattering,
                                       NodeRanks where, std::int64_t elements) {
  if (inside == StagedAllReduce::Inside::node_switch) {
    return std::make_unique<SwitchSum>(
        scattering ? Operation::reduce_scatter : Operation::all_gather, where, elements);
  }
  return std::make_unique<InNodes>(
      scattering ? RingPass::Kind::reduce_scatter : RingPass::Kind::all_gather, where.ranks,
      elements, where.per_node);
}

}  // namespace

StagedAllReduce::StagedAllReduce(NodeRanks where, std::int64_t elements, Inside inside,
                                 Between between)
    : Stage(where.ranks, elements),
      where_(where),
      inside_(inside),
      scatter_(stage_inside(inside, true, where, elements)),
      gather_(stage_inside(inside, false, where, elements)) {
  EXPECTS(where.whole());
  for (int place = 0; place < where.per_node; ++place) {
    const std::int64_t size = part(place).size();
    if (between == Between::tree) {
      across_.push_back(std::make_unique<DoubleTree>(NodeRanks{where.nodes(), 1}, size, 1));
    } else {
      across_.push_back(
          std::make_unique<RingPass>(RingPass::Kind::all_reduce, where.nodes(), size));
    }
  }
}

ElementRange StagedAllReduce::part(int place) const {
  if (inside_ == Inside::ring) return owned_in_node(elements(), place, where_.per_node);
  return {part_begin(elements(), where_.per_node, place),
          part_begin(elements(), where_.per_node, place + 1)};
}

int StagedAllReduce::rounds() const {
  return scatter_->rounds() + across_.front()->rounds() + gather_->rounds();
}

void StagedAllReduce::actions(int rank, int round, std::vector<Action>& out) const {
  const int across_end = scatter_->rounds() + across_.front()->rounds();
  if (round < scatter_->rounds()) return scatter_->actions(rank, round, out);
  if (round >= across_end) return gather_->actions(rank, round - across_end, out);
  const std::size_t first = out.size();
  const int place = rank % where_.per_node;
  across_[static_cast<std::size_t>(place)]->actions(where_.node_of(rank),
                                                    round - scatter_->rounds(), out);
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].peer = where_.first(out[i].peer) + place;
    out[i].offset += part(place).begin;
  }
}

PhaseSteps StagedAllReduce::steps() const {
  PhaseSteps steps;
  steps.inside = scatter_->rounds() + gather_->rounds();
  // A ring over the nodes takes a slice as long as the others wait; a tree a round per level.
  steps.filling = 1;
  for (const Phase& phase : across_.front()->phases()) {
    steps.between += phase.steps.known() ? phase.steps.between + phase.steps.inside : phase.rounds;
    steps.filling += phase.steps.filling;
  }
  return steps;
}

std::int64_t StagedAllReduce::switched() const {
  if (inside_ != Inside::node_switch || where_.per_node == 1) return 0;
  return elements() + elements() / where_.per_node;
}

}  // namespace rehearse
