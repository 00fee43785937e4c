// The exchanges of a layout on its network.
//
// Each is priced as analytic fidelity costs it: routed over the real graph and bounded by its most
// loaded link (sim/collectives/collective_chooser.h), by the algorithm that the stack's library
// would take. Different axes do not meet on a link here; flow fidelity lets them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
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

  [[nodiscard]] int experts_in_node() const override { return in_node_; }
  ExchangeTime by_nodes(Bytes across, Bytes within) override;

  // Of a leg of the exchanges of experts (LayoutExchanges::by_nodes), one group.
  enum class Leg : std::uint8_t { across, within };
  [[nodiscard]] const Group& leg_group(Leg leg) const { return *legs_of(leg).front(); }
  // The call for all-to-all of a leg.
  CollectiveCall leg_call(Leg leg, Bytes bytes);

  // Whether groups of the axis span several nodes.
  [[nodiscard]] bool leaves_node(GridAxis axis) const {
    return size(axis) > per_node_[static_cast<std::size_t>(axis)];
  }

  [[nodiscard]] const ProcessGrid& grid() const { return grid_; }
  [[nodiscard]] CollectivePatterns& patterns() { return patterns_; }
  [[nodiscard]] const std::vector<EndpointId>& places() const { return places_; }

 private:
  using Groups = std::vector<std::shared_ptr<const Group>>;

  ChosenCollective choose(GridAxis axis, Operation operation, double bytes);
  [[nodiscard]] const Groups& legs_of(Leg leg) const;
  ExchangeTime leg_time(Leg leg, Bytes bytes);
  // All groups that exchange at the same time, a family each.
  std::vector<GroupFamily> families(bool legs);
  void add_legs();

  std::vector<EndpointId> places_;
  const Network& graph_;
  ProcessGrid grid_;
  int in_node_ = 1;
  Groups across_, within_;  // where experts are on several nodes, with several ranks on each
  CollectivePatterns patterns_;
  CollectiveChooser chooser_;
  std::array<int, kGridAxes> per_node_{};
  std::map<std::tuple<GridAxis, Operation, double>, ExchangeTime> known_;
  std::map<std::pair<Leg, double>, ExchangeTime> known_legs_;
};

}  // namespace rehearse
