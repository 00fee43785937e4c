#include <algorithm>
#include <set>

#include "base/contract.h"
#include "sim/collectives/collective_pattern.h"

namespace rehearse {

const ReductionPattern& CollectivePatterns::reduction(const Group& group, int ranks_per_node) {
  EXPECTS(knows(group));
  const std::size_t index = family_of_.at(group.id());
  const auto [entry, fresh] = reductions_.try_emplace({index, ranks_per_node});
  ReductionPattern& pattern = entry->second;
  if (!fresh) return pattern;
  std::vector<double> capacities;
  for (LinkId id = 0; id < network_.links(); ++id) {
    capacities.push_back(network_.link(id).bandwidth.value());
  }
  add_adders(network_, capacities);
  std::vector<double> shares(capacities.size());
  std::set<NodeId> nodes;
  pattern.share = 1.0 / ranks_per_node;
  const double on_wire = profile_.ends.on_wire(Bytes(pattern.share), {}).value();
  for (const auto& sister : families_[index]) {
    for (const ReductionStream& stream : streams_.of(*sister, ranks_per_node)) {
      for (const LinkId id : stream.uses) shares[static_cast<std::size_t>(id)] += on_wire;
      pattern.latency = std::max(pattern.latency, stream.latency);
      pattern.hops += 2 * static_cast<double>(stream.hops);
    }
    for (int rank = 0; rank < sister->size(); ++rank) {
      nodes.insert(network_.node_of(workers_[static_cast<std::size_t>(sister->world_rank(rank))]));
    }
    pattern.messages += 2.0 * sister->size();
  }
  pattern.nodes = static_cast<std::int64_t>(nodes.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    pattern.bottleneck = std::max(pattern.bottleneck, shares[i] / capacities[i]);
  }
  shares.resize(static_cast<std::size_t>(network_.links()));
  pattern.link_shares = std::move(shares);
  return pattern;
}

}  // namespace rehearse
