// What every stage of a pipeline computes in a step, in its order.
//
//   PipelineShape shape{PipelineSchedule::one_f_one_b, 4, 8, 1};
//   pipeline_order(shape, 3);         // of the last stage: F0 B0 F1 B1 ... F7 B7
//   pipeline_timeline(shape, pipeline_orders(shape), times);   //
//   runtime/parallel/pipeline_timeline.h
//
// GPipe, 1F1B and interleaved 1F1B compute the backward pass as one operation, which hands its
// gradient on at its end. The zero bubble schedules split it: the input part is what the stage
// before waits for, the weights part can wait. DualPipe has both kinds.
//
// The order of the zero bubble schedules depends on how long the passes take; the best of several
// orders is taken (runtime/parallel/zero_bubble.h). No order holds more activations than its
// schedule allows.
#pragma once

#include <vector>

#include "runtime/parallel/pipeline_shape.h"

namespace rehearse {

enum class PipelinePass : std::uint8_t {
  forward,
  backward,  // both of the following
  backward_input,
  backward_weights
};

struct PipelineOp {
  PipelinePass pass;
  int microbatch;
  int chunk;  // of the stage

  bool operator==(const PipelineOp&) const = default;
};

// How long the passes of a microbatch over one part take, and a message between stages, in any unit
// of time. Only the zero bubble schedules read them.
struct PipelineCosts {
  double forward = 1;
  double backward_input = 1;
  double backward_weights = 1;
  double message = 0;
};

// Of one stage. Throws Error::input where expect_pipeline does.
// REQUIRES: 0 <= stage < shape.stages, costs are finite and not negative.
std::vector<PipelineOp> pipeline_order(const PipelineShape& shape, int stage,
                                       const PipelineCosts& costs = {});

// Of all stages; the order of a zero bubble schedule is found once for all of them.
std::vector<std::vector<PipelineOp>> pipeline_orders(const PipelineShape& shape,
                                                     const PipelineCosts& costs = {});

}  // namespace rehearse
