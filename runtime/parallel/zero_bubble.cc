#include "runtime/parallel/zero_bubble.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/contract.h"
#include "runtime/parallel/pipeline_timeline.h"
#include "runtime/parallel/zero_bubble_greedy.h"
#include "runtime/parallel/zero_bubble_patterns.h"

namespace rehearse {
namespace {

using Orders = std::vector<std::vector<PipelineOp>>;

// Rounding must not choose between orders that are equally good.
constexpr double kTolerance = 1e-9;

bool is_cost(double value) { return std::isfinite(value) && value >= 0; }

// Keeps the best of the orders that it is shown; the first one of equals.
class BestOrders {
 public:
  BestOrders(const PipelineShape& shape, const PipelineCosts& costs) : shape_(shape) {
    times_.parts.assign(static_cast<std::size_t>(shape.parts()),
                        {costs.forward, costs.backward_input, costs.backward_weights});
    times_.forward_message = times_.backward_message = costs.message;
    // The last stage waits for the first microbatch and then has its own work to do.
    const double work = costs.forward + costs.backward_input + costs.backward_weights;
    earliest_end_ = (shape.stages - 1) * (costs.forward + costs.message) +
                    1.0 * shape.microbatches * shape.chunks * work;
  }

  void show(Orders orders) {
    const PipelineTimeline timeline = pipeline_timeline(shape_, orders, times_, nullptr, &scratch_);
    double span = 0;
    for (const StageTimeline& stage : timeline.stages) {
      span = std::max(span, stage.last - stage.first);
    }
    const double slack = kTolerance * timeline.end;
    const bool ends_as_early = timeline.end <= end_ + slack;
    const bool ends_earlier = timeline.end < end_ - slack;
    if (best_ && !ends_earlier && !(ends_as_early && span < span_ - slack)) return;
    best_ = std::move(orders);
    end_ = timeline.end;
    span_ = span;
  }

  // Can no other order end earlier?
  [[nodiscard]] bool found() const { return best_ && end_ <= earliest_end_ * (1 + kTolerance); }

  [[nodiscard]] Orders take() {
    ENSURES(best_.has_value());
    return *std::move(best_);
  }

 private:
  const PipelineShape& shape_;
  PipelineTimes times_;
  PipelineScratch scratch_;
  std::optional<Orders> best_;
  double end_ = 0, span_ = 0;
  double earliest_end_ = 0;
};

template <class OrderOfStage>
Orders every_stage(const PipelineShape& shape, OrderOfStage order) {
  Orders orders;
  for (int stage = 0; stage < shape.stages; ++stage) orders.push_back(order(stage));
  return orders;
}

int held_chunks(const PipelineShape& shape) {
  if (shape.schedule == PipelineSchedule::zb_h1) return shape.stages;
  return shape.schedule == PipelineSchedule::zb_h2 ? 2 * shape.stages - 1 : 2 * shape.stages;
}

void show_patterns(const PipelineShape& shape, BestOrders& best) {
  if (shape.schedule == PipelineSchedule::zb_v) {
    best.show(every_stage(shape, [&](int stage) { return zb_v_pattern(shape, stage); }));
    return;
  }
  const int p = shape.stages;
  if (shape.schedule == PipelineSchedule::zb_h2) {
    best.show(every_stage(
        shape, [&](int stage) { return lagging_weights(shape, 2 * (p - stage) - 1, 2 * stage); }));
  }
  best.show(
      every_stage(shape, [&](int stage) { return lagging_weights(shape, p - stage, stage); }));
  best.show(every_stage(shape, [&](int stage) { return lagging_weights(shape, p - stage, 0); }));
}

}  // namespace

Orders zero_bubble_orders(const PipelineShape& shape, const PipelineCosts& costs) {
  EXPECTS(is_cost(costs.forward) && is_cost(costs.backward_input));
  EXPECTS(is_cost(costs.backward_weights) && is_cost(costs.message));
  BestOrders best(shape, costs);
  show_patterns(shape, best);
  const bool is_v = shape.schedule == PipelineSchedule::zb_v;
  for (const bool forward_first : {false, true}) {
    // With one chunk this gains nothing over the patterns.
    if (forward_first && !is_v) break;
    for (const bool wait : {false, true}) {
      if (best.found()) break;
      best.show(greedy_orders(shape, costs, held_chunks(shape), {forward_first, wait}));
    }
  }
  return best.take();
}

}  // namespace rehearse
