#include "runtime/strategies/layout_sgd.h"

#include <algorithm>

#include "base/contract.h"
#include "runtime/strategies/layout_rank.h"

namespace rehearse {

LayoutSgd::LayoutSgd(Options options)
    : options_(std::move(options)), grid_(std::make_shared<const ProcessGrid>(options_.layout)) {
  EXPECTS(options_.program);
}

int LayoutSgd::background_tasks(int rank) const {
  return std::ranges::any_of(options_.program(rank)->ops, &RankOp::beside) ? 1 : 0;
}

std::int64_t LayoutSgd::parameter_elements() const {
  std::int64_t most = 0;
  for (int stage = 0; stage < options_.layout.pipeline; ++stage) {
    most = std::max(most, options_.program(grid_->on_stage(0, stage))->parameter_elements());
  }
  return most;
}

void LayoutSgd::run(World& world, const ModelTensors& model, const StepObserver& observe) const {
  EXPECTS(world.transport().size() == grid_->ranks());
  LayoutRank rank(world, *this, model);
  for (std::int64_t i = 0; i < options_.steps; ++i) {
    const StepRecord record = rank.step(i);
    const bool last = i + 1 == options_.steps;
    const bool complete = last || (options_.completes && options_.completes(i));
    if (complete) rank.complete_parameters();
    observe(i, record);
    if (!model.ended || !model.ended()) continue;
    if (!complete) rank.complete_parameters();
    break;
  }
  rank.close();
}

}  // namespace rehearse
