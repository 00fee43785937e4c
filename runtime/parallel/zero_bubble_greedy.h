// Orders of a zero bubble schedule by a greedy rule, for passes of any length.
//
// The pipeline is played in time. A stage that is free takes an input part or a forward pass whose
// message is there, and a weights part where neither is; a forward pass only where the schedule's
// memory has room. The choices that are no clear gain are options, of which callers try all (as
// arXiv:2401.10241, section 3.1, does).
#pragma once

#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

struct GreedyOptions {
  bool forward_first = false;  // before input parts, where both can begin
  // A weights part that would end after the next message arrives is not begun.
  bool wait_for_messages = false;
};

// `held`: the chunks whose weights part is not done that a stage may hold.
// REQUIRES: the shape is of a zero bubble schedule and passed expect_pipeline, held >= 1, for ZB-V
// held >= 2; costs are finite and not negative.
std::vector<std::vector<PipelineOp>> greedy_orders(const PipelineShape& shape,
                                                   const PipelineCosts& costs, int held,
                                                   const GreedyOptions& options);

}  // namespace rehearse
