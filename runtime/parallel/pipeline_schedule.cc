#include "runtime/parallel/pipeline_schedule.h"

#include <cstddef>
#include <utility>

#include "base/contract.h"
#include "runtime/parallel/dual_pipe.h"
#include "runtime/parallel/one_f_one_b.h"
#include "runtime/parallel/zero_bubble.h"

namespace rehearse {
namespace {

bool is_zero_bubble(PipelineSchedule schedule) {
  return schedule == PipelineSchedule::zb_h1 || schedule == PipelineSchedule::zb_h2 ||
         schedule == PipelineSchedule::zb_v;
}

// Of a schedule that does not ask for costs.
std::vector<PipelineOp> fixed_order(const PipelineShape& shape, int stage) {
  switch (shape.schedule) {
    case PipelineSchedule::gpipe:
      return gpipe_order(shape);
    case PipelineSchedule::one_f_one_b:
      return one_f_one_b_order(shape, stage);
    case PipelineSchedule::interleaved:
      return interleaved_order(shape, stage);
    default:
      return dual_pipe_order(shape, stage);
  }
}

}  // namespace

std::vector<PipelineOp> pipeline_order(const PipelineShape& shape, int stage,
                                       const PipelineCosts& costs) {
  expect_pipeline(shape);
  EXPECTS(stage >= 0 && stage < shape.stages);
  if (!is_zero_bubble(shape.schedule)) return fixed_order(shape, stage);
  return std::move(zero_bubble_orders(shape, costs)[static_cast<std::size_t>(stage)]);
}

std::vector<std::vector<PipelineOp>> pipeline_orders(const PipelineShape& shape,
                                                     const PipelineCosts& costs) {
  expect_pipeline(shape);
  if (is_zero_bubble(shape.schedule)) return zero_bubble_orders(shape, costs);
  std::vector<std::vector<PipelineOp>> orders;
  for (int stage = 0; stage < shape.stages; ++stage) orders.push_back(fixed_order(shape, stage));
  return orders;
}

}  // namespace rehearse
