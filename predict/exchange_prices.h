// Prices of exchanges for many layouts at once, without routing each layout over the network.
//
//   ExchangePrices prices(scenario, built, 4096);
//   SpanPrices& tensor = prices.of({.size = 8, .stride = 1});
//   tensor.price(Operation::all_reduce, 1e6).seconds;
//
// An axis of a grid is a number of ranks at a constant distance. Axes that are alike share their
// prices: thousands of layouts need a few dozen. Each is priced as LayoutNetwork prices it, on the
// ranks of one group and its sisters on the same nodes; the nodes of a group that spans many are
// moved next to each other. Sizes between two powers of two are interpolated.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "predict/layout_exchanges.h"
#include "predict/sample_point.h"
#include "sim/collectives/collective_chooser.h"

namespace rehearse {

struct AxisSpan {
  int size = 1, stride = 1;  // ranks of a group, and from one of them to the next

  auto operator<=>(const AxisSpan&) const = default;
};

class SpanPrices {
 public:
  // Borrows scenario and network; `places` are those of the ranks that stand for all.
  SpanPrices(const Scenario& scenario, const BuiltNetwork& built, AxisSpan span,
             std::vector<EndpointId> places);
  SpanPrices(const SpanPrices&) = delete;
  SpanPrices& operator=(const SpanPrices&) = delete;

  // `bytes` as LayoutExchanges::collective has them. REQUIRES: bytes > 0.
  ExchangeTime price(Operation operation, double bytes);

 private:
  static constexpr int kSizes = 64;  // powers of two
  struct Row {
    std::array<double, kSizes> seconds{};  // log2; 0 where not asked for yet
    std::array<bool, kSizes> known{};
    double latency = 0;
  };

  double at(Operation operation, Row& row, int power);

  std::vector<EndpointId> places_;
  std::vector<std::shared_ptr<const Group>> groups_;
  CollectivePatterns patterns_;
  CollectiveChooser chooser_;
  int per_node_;
  std::map<Operation, Row> rows_;
};

class ExchangePrices {
 public:
  // Borrows scenario and network. Throws Error::input for ranks that the network cannot place.
  ExchangePrices(const Scenario& scenario, const BuiltNetwork& built, std::int64_t ranks);

  // REQUIRES: size > 1, and size x stride ranks at most.
  SpanPrices& of(AxisSpan span);
  [[nodiscard]] std::size_t count() const { return known_.size(); }
  [[nodiscard]] int devices_per_node() const { return built_.network.devices_per_node(); }

 private:
  const Scenario& scenario_;
  const BuiltNetwork& built_;
  std::vector<EndpointId> places_;  // of all ranks
  std::map<AxisSpan, std::unique_ptr<SpanPrices>> known_;
};

// The axes of a layout by their distances: of orders that scatter replicas, as if they were even.
// Needs no grid, so that making one takes no time.
class PricedExchanges final : public LayoutExchanges {
 public:
  PricedExchanges(const Layout& layout, ExchangePrices& prices);

  ExchangeTime collective(GridAxis axis, Operation operation, Bytes bytes) override;
  [[nodiscard]] int size(GridAxis axis) const override {
    return sizes_[static_cast<std::size_t>(axis)];
  }

  [[nodiscard]] int experts_in_node() const override { return in_node_; }
  ExchangeTime by_nodes(Bytes across, Bytes within) override;

 private:
  void add(GridAxis axis, AxisSpan span, ExchangePrices& prices);
  void add_legs(AxisSpan experts, ExchangePrices& prices);

  std::array<int, kGridAxes> sizes_{};
  std::array<SpanPrices*, kGridAxes> spans_{};
  int in_node_ = 1;
  SpanPrices* across_ = nullptr;  // of experts on several nodes
  SpanPrices* within_ = nullptr;  // of several on a node
};

}  // namespace rehearse
