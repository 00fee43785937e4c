#include "predict/layout_traffic.h"

#include <algorithm>
#include <set>

namespace rehearse {
namespace {

// Counts the bytes that a rank sends, one byte as one second, along some axes.
class CountedBytes final : public LayoutExchanges {
 public:
  CountedBytes(const Layout& layout, std::set<GridAxis> axes, int in_node, bool only_within = false)
      : grid_(layout), axes_(std::move(axes)), in_node_(in_node), only_within_(only_within) {}

  ExchangeTime collective(GridAxis axis, Operation operation, Bytes bytes) override {
    if (!axes_.contains(axis) || size(axis) == 1) return {};
    if (operation == Operation::send_recv) return {bytes.value(), 0};
    const double ranks = size(axis);
    const double passes = operation == Operation::all_reduce ? 2 : 1;
    return {bytes.value() * passes * (ranks - 1) / ranks, 0};
  }
  [[nodiscard]] int size(GridAxis axis) const override { return grid_.size(axis); }
  [[nodiscard]] int experts_in_node() const override { return in_node_; }
  ExchangeTime by_nodes(Bytes across, Bytes within) override {
    if (!axes_.contains(GridAxis::expert)) return {};
    const double nodes = static_cast<double>(size(GridAxis::expert)) / in_node_;
    const double inside = within.value() * (in_node_ - 1) / in_node_;
    return {only_within_ ? inside : inside + across.value() * (nodes - 1) / nodes, 0};
  }

 private:
  ProcessGrid grid_;
  std::set<GridAxis> axes_;
  int in_node_;
  bool only_within_;
};

double of_parts(const LayoutJob& job) {
  double most = 0;
  const PipelineShape& shape = job.pipeline();
  for (int stage = 0; stage < shape.stages; ++stage) {
    double sum = 0;
    for (int chunk = 0; chunk < shape.chunks; ++chunk) {
      const PartCost& part = job.parts()[static_cast<std::size_t>(part_at(shape, stage, chunk))];
      sum += part.forward_exchanges.seconds + part.backward_exchanges.seconds +
             part.exchanges_again.seconds + part.hidden;
    }
    most = std::max(most, sum);
  }
  return most * static_cast<double>(job.layout().microbatches);
}

}  // namespace

LayoutTraffic traffic_of(const Scenario& scenario, const CostModel& cost, LayoutUnits& units,
                         const Layout& layout, int in_node) {
  const auto along = [&](std::set<GridAxis> axes, bool only_within = false) {
    CountedBytes bytes(layout, std::move(axes), in_node, only_within);
    return of_parts(LayoutJob(scenario, cost, units, layout, bytes));
  };
  LayoutTraffic traffic;
  traffic.tensor = along({GridAxis::tensor});
  traffic.context = along({GridAxis::context});
  traffic.expert = along({GridAxis::expert, GridAxis::expert_tensor});
  if (layout.expert_dispatch == ExpertDispatch::deduplicated) {
    traffic.expert_within = along({GridAxis::expert}, true);
  }
  traffic.tiles = along({GridAxis::tiles});
  traffic.tile_rows = along({GridAxis::tile_rows});
  traffic.tile_columns = along({GridAxis::tile_columns});

  CountedBytes bytes(
      layout,
      {GridAxis::replicas, GridAxis::shards, GridAxis::shard_copies, GridAxis::expert_copies},
      in_node);
  const LayoutJob job(scenario, cost, units, layout, bytes);
  const LayoutContext context{scenario, cost, layout, bytes};
  const PipelineShape& shape = job.pipeline();
  for (int stage = 0; stage < shape.stages; ++stage) {
    StageParameters parameters;
    double streams = 0;
    for (int chunk = 0; chunk < shape.chunks; ++chunk) {
      const PartCost& part = job.parts()[static_cast<std::size_t>(part_at(shape, stage, chunk))];
      parameters.add(part);
      const StreamedUnits stream = streamed(part, 0, 0, context, {});
      streams += stream.forward + stream.backward + stream.hidden;
    }
    const StageWork work = work_of(parameters, context);
    traffic.gradients =
        std::max(traffic.gradients, work.reduce.seconds + work.gather.seconds +
                                        streams * static_cast<double>(layout.microbatches));
  }
  if (layout.pipeline > 1) {
    const double each = job.parts().front().output.value();
    traffic.stages = 2 * each * static_cast<double>(layout.microbatches) * shape.chunks;
  }
  return traffic;
}

}  // namespace rehearse
