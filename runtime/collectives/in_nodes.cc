#include "runtime/collectives/in_nodes.h"

#include "base/contract.h"

namespace rehearse {

InNodes::InNodes(RingPass::Kind kind, int ranks, std::int64_t elements, int ranks_per_node)
    : Schedule(ranks, elements),
      kind_(kind),
      local_(ranks_per_node),
      pass_(kind, ranks_per_node, elements) {
  EXPECTS(ranks_per_node >= 1 && ranks % ranks_per_node == 0);
}

std::string InNodes::kind() const {
  return pass_.kind() + " in nodes of " + std::to_string(local_);
}

std::unique_ptr<Schedule> InNodes::resized(std::int64_t elements) const {
  return std::make_unique<InNodes>(kind_, ranks(), elements, local_);
}

void InNodes::actions(int rank, int round, std::vector<Action>& out) const {
  const std::size_t first = out.size();
  pass_.actions(rank % local_, round, out);
  for (std::size_t i = first; i < out.size(); ++i) out[i].peer += rank - rank % local_;
}

void InNodes::volumes(int rank, const Phase& phase, std::vector<Volume>& out) const {
  const std::size_t first = out.size();
  pass_.volumes(rank % local_, phase, out);
  for (std::size_t i = first; i < out.size(); ++i) out[i].peer += rank - rank % local_;
}

void InNodes::added(int rank, const Phase& phase, std::vector<Volume>& out) const {
  const std::size_t first = out.size();
  pass_.added(rank % local_, phase, out);
  for (std::size_t i = first; i < out.size(); ++i) out[i].peer += rank - rank % local_;
}

ElementRange owned_in_node(std::int64_t elements, int rank, int ranks_per_node) {
  const int part = ring_owned_part(rank % ranks_per_node, ranks_per_node);
  return {part_begin(elements, ranks_per_node, part),
          part_begin(elements, ranks_per_node, part + 1)};
}

}  // namespace rehearse
