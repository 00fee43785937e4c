// The exchanges of a layout on its network.
//
// Each is priced as analytic fidelity costs it: routed over the real graph and bounded by its most
// loaded link (sim/collectives/collective_chooser.h), by the algorithm that the stack's library
// would take. Different axes do not meet on a link here; flow fidelity lets them.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "predict/layout_exchanges.h"
#include "predict/sample_point.h"
#include "runtime/parallel/process_grid.h"
#include "sim/collectives/collective_chooser.h"

namespace rehearse {

// What a collective over a group takes by the algorithm that the stack's library would choose. The
// latency is the time of 8 bytes for each rank. REQUIRES: the chooser's patterns know it.
ExchangeTime price_of(CollectiveChooser& chooser, const Group& group, int ranks_per_node,
                      Operation operation, double bytes);
// Of the group's first ranks, how many are on the node of the first.
int ranks_per_node(const Group& group, const Network& network,
                   const std::vector<EndpointId>& places);

class LayoutNetwork final : public LayoutExchanges {
 public:
  // Borrows scenario and network. Throws Error::input for ranks that the network cannot place.
  LayoutNetwork(const Scenario& scenario, const BuiltNetwork& built, const Layout& layout,
                std::vector<EndpointId> places);
  LayoutNetwork(const LayoutNetwork&) = delete;
  LayoutNetwork& operator=(const LayoutNetwork&) = delete;

  // The call that it prices.
  CollectiveCall call(GridAxis axis, Operation operation, Bytes bytes);
  ExchangeTime collective(GridAxis axis, Operation operation, Bytes bytes) override;
  [[nodiscard]] int size(GridAxis axis) const override { return grid_.size(axis); }

  // Whether groups of the axis span several nodes.
  [[nodiscard]] bool leaves_node(GridAxis axis) const {
    return size(axis) > per_node_[static_cast<std::size_t>(axis)];
  }

  [[nodiscard]] const ProcessGrid& grid() const { return grid_; }
  [[nodiscard]] CollectivePatterns& patterns() { return patterns_; }
  [[nodiscard]] const std::vector<EndpointId>& places() const { return places_; }

 private:
  ChosenCollective choose(GridAxis axis, Operation operation, double bytes);

  std::vector<EndpointId> places_;
  ProcessGrid grid_;
  CollectivePatterns patterns_;
  CollectiveChooser chooser_;
  std::array<int, kGridAxes> per_node_{};
  std::map<std::tuple<GridAxis, Operation, double>, ExchangeTime> known_;
};

}  // namespace rehearse
