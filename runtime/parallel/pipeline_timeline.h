// When every stage of a pipeline computes what: the longest path through the orders of all stages.
//
//   PipelineTimes times;
//   times.parts.assign(4, {1e-3, 1e-3, 1e-3});
//   const PipelineShape shape{PipelineSchedule::one_f_one_b, 4, 8, 1};
//   pipeline_timeline(shape, pipeline_orders(shape), times).end;      // 33e-3 s
//
// A stage computes one operation after the other. A forward pass waits for the one of the part
// before and its message; a backward pass (or its input part) for its forward pass and for the
// backward pass of the part behind and its message; the weights part for the input part. There is
// no message between parts on the same stage. All times are seconds from the start of the step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

// Of one microbatch. The whole backward pass takes the sum of its two parts.
struct PartTimes {
  double forward = 0, backward_input = 0, backward_weights = 0;
};

struct PipelineTimes {
  std::vector<PartTimes> parts;      // by part
  std::vector<double> stage_factor;  // by stage, multiplies its computing; empty: 1
  double forward_message = 0, backward_message = 0;
  // Of a message of either direction between parts j and j + 1; empty: the two above.
  std::vector<double> link_time;
  // The sending device does nothing else during its message, as where Megatron-LM's schedules of
  // one chunk pair sends and receives. Otherwise it goes on computing.
  bool messages_block = false;
};

struct StageTimeline {
  double first = 0, last = 0;  // begin of the first operation, end of the last one's computing
  double busy = 0;             // computing
  double sending = 0;          // occupied by its messages; 0 where they do not block
  // Begin of the last operation that makes gradients of parameters (backward or backward_weights).
  double last_backward_begin = 0;
  // By chunk: begin and end of the last such operation. Copies of a chunk on other devices may sum
  // up its gradients from the end on, or layer by layer between the two.
  std::vector<double> gradient_begin, gradient_ready;
  // The greatest number of pairs of microbatch and chunk whose forward pass has begun and whose
  // backward pass has not ended: its input part, or its weights part as well.
  int peak_in_flight = 0, peak_until_weights = 0;
};

// All messages of a step from one stage to another.
struct PipelineLink {
  int from, to;
  std::int64_t messages;

  bool operator==(const PipelineLink&) const = default;
};

struct PipelineTimeline {
  double end = 0;  // of the last operation of all
  std::vector<StageTimeline> stages;
  std::vector<PipelineLink> links;  // each pair of stages once, in the order of the sender

  [[nodiscard]] std::int64_t messages(int from, int to) const;
};

// Memory that calls leave for the next ones. Saves time where many small timelines are made.
struct PipelineScratch {
  std::vector<double> forward_there, backward_there;
  std::vector<std::size_t> position;
  std::vector<std::int64_t> waits_for;
  std::vector<int> to_visit;
};

// `ends`: by stage and place in its order, the end of the operation's computing, where asked for.
// Throws Error::input where expect_pipeline does, ContractViolation if the orders wait for each
// other for ever or name an operation twice.
// REQUIRES: orders of all stages; times of all parts and, if any, stages and links.
PipelineTimeline pipeline_timeline(const PipelineShape& shape,
                                   const std::vector<std::vector<PipelineOp>>& orders,
                                   const PipelineTimes& times,
                                   std::vector<std::vector<double>>* ends = nullptr,
                                   PipelineScratch* scratch = nullptr);

}  // namespace rehearse
