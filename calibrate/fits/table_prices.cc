#include "calibrate/fits/table_prices.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/contract.h"
#include "base/error.h"
#include "sim/collectives/collective_chooser.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

std::vector<EndpointId> devices_of(const Scenario& machine, const Network& network, int ranks,
                                   int ranks_per_node) {
  const int per_node = network.devices_per_node();
  const std::int64_t nodes = (ranks + ranks_per_node - 1) / ranks_per_node;
  if (ranks_per_node > per_node || nodes > usable_nodes(machine.placement, machine.nodes)) {
    throw Error::input(std::to_string(ranks) + " ranks, " + std::to_string(ranks_per_node) +
                           " on a node, do not fit '" + machine.name + "'",
                       "it has " + std::to_string(machine.nodes) + " nodes of " +
                           std::to_string(per_node) + " devices",
                       "name the network that they ran on");
  }
  const std::vector<EndpointId> all =
      place(network, machine.placement, nodes * per_node, machine.seed);
  std::vector<EndpointId> devices;
  for (int rank = 0; rank < ranks; ++rank) {
    const int node = rank / ranks_per_node;
    devices.push_back(all[static_cast<std::size_t>(node) * static_cast<std::size_t>(per_node) +
                          static_cast<std::size_t>(rank % ranks_per_node)]);
  }
  return devices;
}

}  // namespace

struct TablePrices::Machine {
  Machine(const Scenario& scenario, int ranks, int ranks_per_node)
      : built(scenario),
        stack(scenario.stack),
        devices(devices_of(scenario, built.network, ranks, ranks_per_node)),
        patterns(built.network, *built.router, devices, stack, false) {}

  BuiltNetwork built;
  StackProfile stack;  // that the patterns look at; takes the parameters in question
  std::vector<EndpointId> devices;
  CollectivePatterns patterns;
};

TablePrices::TablePrices(const Scenario& machine, Operation operation, int ranks,
                         int ranks_per_node)
    : operation_(operation), ranks_per_node_(std::min(ranks, ranks_per_node)) {
  EXPECTS(ranks >= 2 && ranks_per_node >= 1);
  machine_ = std::make_unique<Machine>(machine, ranks, ranks_per_node_);
}

TablePrices::~TablePrices() = default;

double TablePrices::time(const StackProfile& stack, double bytes) {
  machine_->stack = stack;
  CollectiveChooser chooser(machine_->patterns, {.back_to_back = true});
  const Group& world = *machine_->patterns.world();
  // An all-to-all needs equal parts.
  std::int64_t elements = std::max<std::int64_t>(1, std::llround(bytes));
  int element = 1;
  if (operation_ == Operation::all_to_all) {
    elements = std::max<std::int64_t>(1, std::llround(bytes / world.size())) * world.size();
  } else if (elements % 4 == 0) {
    elements /= 4;
    element = 4;
  }
  return chooser
      .choose(world, operation_, Algorithm::native, {}, ranks_per_node_, elements, element)
      .price.value();
}

}  // namespace rehearse
