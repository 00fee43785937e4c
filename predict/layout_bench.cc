#include "predict/layout_bench.h"

#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

class FasterNetwork final : public LayoutExchanges {
 public:
  FasterNetwork(LayoutNetwork& network, double factor) : network_(network), factor_(factor) {}

  ExchangeTime collective(GridAxis axis, Operation operation, Bytes bytes) override {
    ExchangeTime time = network_.collective(axis, operation, bytes);
    if (network_.leaves_node(axis)) {
      time.seconds = time.latency + (time.seconds - time.latency) / factor_;
    }
    return time;
  }
  [[nodiscard]] int size(GridAxis axis) const override { return network_.size(axis); }
  [[nodiscard]] int experts_in_node() const override { return network_.experts_in_node(); }
  ExchangeTime by_nodes(Bytes across, Bytes within) override {
    const bool leaves = network_.leaves_node(GridAxis::expert);
    return network_.by_nodes(leaves ? across * (1 / factor_) : across, within);
  }

 private:
  LayoutNetwork& network_;
  double factor_;
};

}  // namespace

LayoutBench::LayoutBench(const Scenario& scenario, const BuiltNetwork& built, const CostModel& cost,
                         LayoutUnits& units, std::int64_t ranks)
    : scenario_(scenario),
      built_(built),
      cost_(cost),
      units_(units),
      places_(place(built.network, scenario.placement, ranks, scenario.seed)) {}

LayoutNetwork& LayoutBench::network(const Layout& layout) {
  const Degrees degrees{layout.tensor,        layout.pipeline,
                        layout.context,       layout.expert,
                        layout.expert_tensor, layout.zero > 0 ? layout.shard_group : 1};
  std::unique_ptr<LayoutNetwork>& known = networks_[degrees];
  if (known == nullptr) {
    known = std::make_unique<LayoutNetwork>(scenario_, built_, layout, places_);
  }
  return *known;
}

LayoutBench::Result LayoutBench::of(const Layout& layout, double faster) {
  FasterNetwork exchanges(network(layout), faster);
  const LayoutJob job(scenario_, cost_, units_, layout, exchanges);
  const LayoutStep step = job.step();
  return {step.seconds, job.memory().total().value(), step.parts};
}

}  // namespace rehearse
