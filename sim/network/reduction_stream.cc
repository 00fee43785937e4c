#include "sim/network/reduction_stream.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "topologies/routing/reduction_tree.h"

namespace rehearse {
namespace {

bool one_per_port(const Network& network) {
  return network.reduction()->adder == SwitchReduction::Adder::port;
}

std::vector<LinkId> uses_of(const Network& network, const ReductionTree& tree) {
  std::vector<LinkId> uses = tree.up;
  for (const LinkId id : tree.up) uses.push_back(Network::reverse(id));
  const auto first = static_cast<LinkId>(network.links());
  if (!one_per_port(network)) {
    for (const std::int64_t index : tree.switches)
      uses.push_back(static_cast<LinkId>(first + index));
    return uses;
  }
  for (const LinkId id : tree.up) {
    if (network.link(id).to >= network.first_switch()) uses.push_back(first + id);
  }
  return uses;
}

// Where the places of a node and the groups of a job look for their roots. Multiples of the golden
// ratio stay far apart however many there are (Knuth, TAOCP 3, section 6.4, theorem S), and fall in
// with no period of the wiring, as even steps do: roots 40 apart may hang on one switch of 20.
double choice_of(const Group& group, int place, int ranks_per_node) {
  constexpr double kGolden = 0.6180339887498949;
  const double choice = (static_cast<double>(group.id()) * ranks_per_node + place) * kGolden;
  return choice - std::floor(choice);
}

}  // namespace

std::int64_t adders(const Network& network) {
  if (!network.reduction()) return 0;
  return one_per_port(network) ? network.links() : network.switches();
}

void add_adders(const Network& network, std::vector<double>& capacities) {
  EXPECTS(static_cast<std::int64_t>(capacities.size()) == network.links());
  if (!network.reduction()) return;
  capacities.insert(capacities.end(), static_cast<std::size_t>(adders(network)),
                    network.reduction()->bandwidth.value());
}

const std::vector<ReductionStream>& ReductionStreams::of(const Group& group, int ranks_per_node) {
  EXPECTS(ranks_per_node >= 1 && group.size() % ranks_per_node == 0);
  std::vector<ReductionStream>& streams = known_[{group.id(), ranks_per_node}];
  for (int place = static_cast<int>(streams.size()); place < ranks_per_node; ++place) {
    std::vector<EndpointId> devices;
    for (int rank = place; rank < group.size(); rank += ranks_per_node) {
      devices.push_back(workers_[static_cast<std::size_t>(group.world_rank(rank))]);
    }
    const ReductionTree tree =
        reduction_tree(network_, devices, choice_of(group, place, ranks_per_node));
    streams.push_back({uses_of(network_, tree), tree.up_latency + tree.down_latency, tree.hops});
  }
  return streams;
}

}  // namespace rehearse
