// Timelines of pipelines: small ones by hand, all others against a slow twin.
#include "runtime/parallel/pipeline_timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

using enum PipelineSchedule;

using Orders = std::vector<std::vector<PipelineOp>>;
using Ends = std::vector<std::vector<double>>;

std::size_t at(int number) { return static_cast<std::size_t>(number); }

PipelineTimes equal_times(const PipelineShape& shape, const PartTimes& part = {1, 1, 1}) {
  PipelineTimes times;
  times.parts.assign(at(shape.parts()), part);
  return times;
}

// Different for every part, stage and link.
PipelineTimes uneven_times(const PipelineShape& shape, bool block) {
  PipelineTimes times;
  for (int part = 0; part < shape.parts(); ++part) {
    times.parts.push_back({1 + 0.3 * (part % 3), 1.5 - 0.2 * (part % 4), 0.5 + 0.4 * (part % 2)});
    if (part > 0) times.link_time.push_back(0.1 + 0.05 * (part % 5));
  }
  for (int stage = 0; stage < shape.stages; ++stage) {
    times.stage_factor.push_back(1 + 0.1 * (stage % 3));
  }
  times.messages_block = block;
  return times;
}

// The obvious twin: asks for the end of every operation, again and again until nothing changes.
// A `pair` (a forward pass and the whole backward pass behind it) may begin and end as one.
class SlowTimeline {
 public:
  SlowTimeline(const PipelineShape& shape, const Orders& orders, const PipelineTimes& times,
               bool pairs)
      : shape_(shape), orders_(orders), times_(times), pairs_(pairs) {
    for (const auto& order : orders) ends_.emplace_back(order.size(), 0.0);
    do {
      changed_ = false;
      for (int stage = 0; stage < shape.stages; ++stage) sweep(stage);
    } while (changed_);
  }

  const Ends& ends() const { return ends_; }

 private:
  using Key = std::tuple<bool, int, int>;  // forward?, part, microbatch

  void sweep(int stage) {
    double free = 0;
    const auto& order = orders_[at(stage)];
    for (std::size_t i = 0; i < order.size(); ++i) {
      const bool pair = is_pair(stage, i);
      double end = std::max(free, arrival(stage, order[i])) + length(stage, order[i]);
      if (pair) {
        end = std::max({free, arrival(stage, order[i]), arrival(stage, order[i + 1])}) +
              length(stage, order[i]) + length(stage, order[i + 1]);
        finish(stage, i, end, free);
        ++i;
      }
      finish(stage, i, end, free);
    }
  }

  // The two middle stages of DualPipe and the last of DualPipeV do not overlap their first pair.
  bool is_pair(int stage, std::size_t i) const {
    const auto& order = orders_[at(stage)];
    const auto pair = [&](std::size_t k) {
      return k + 1 < order.size() && order[k].pass == PipelinePass::forward &&
             order[k + 1].pass == PipelinePass::backward;
    };
    if (!pairs_ || !pair(i)) return false;
    const bool middle = shape_.schedule == dualpipe
                            ? stage == shape_.stages / 2 || stage == shape_.stages / 2 - 1
                            : stage == shape_.stages - 1;
    for (std::size_t k = 0; middle && k < i; ++k) {
      if (pair(k)) return true;
    }
    return !middle;
  }

  double length(int stage, const PipelineOp& op) const {
    const PartTimes& part = times_.parts[at(part_at(shape_, stage, op.chunk))];
    const double factor = times_.stage_factor.empty() ? 1 : times_.stage_factor[at(stage)];
    switch (op.pass) {
      case PipelinePass::forward:
        return part.forward * factor;
      case PipelinePass::backward:
        return (part.backward_input + part.backward_weights) * factor;
      case PipelinePass::backward_input:
        return part.backward_input * factor;
      default:
        return part.backward_weights * factor;
    }
  }

  // Of what an operation needs.
  double arrival(int stage, const PipelineOp& op) {
    if (op.pass == PipelinePass::backward_weights) return 0;
    const int part = part_at(shape_, stage, op.chunk);
    const bool forward = op.pass == PipelinePass::forward;
    if (forward) return part == 0 ? 0 : there_[{true, part - 1, op.microbatch}];
    if (part + 1 == shape_.parts()) return there_[{true, part, op.microbatch}];
    return there_[{false, part + 1, op.microbatch}];
  }

  void finish(int stage, std::size_t i, double end, double& free) {
    const PipelineOp& op = orders_[at(stage)][i];
    if (ends_[at(stage)][i] != end) changed_ = true;
    ends_[at(stage)][i] = end;
    free = std::max(free, end);
    if (op.pass == PipelinePass::backward_weights) return;
    const int part = part_at(shape_, stage, op.chunk);
    const bool forward = op.pass == PipelinePass::forward;
    const int follower = forward ? part + 1 : part - 1;
    double message = 0;
    if (follower >= 0 && follower < shape_.parts() &&
        place_of(shape_, follower, op.microbatch).stage != stage) {
      message = forward ? times_.forward_message : times_.backward_message;
      if (!times_.link_time.empty()) message = times_.link_time[at(std::min(part, follower))];
    }
    there_[{forward, part, op.microbatch}] = end + message;
    if (times_.messages_block) free += message;
  }

  const PipelineShape& shape_;
  const Orders& orders_;
  const PipelineTimes& times_;
  bool pairs_, changed_ = false;
  Ends ends_;
  std::map<Key, double> there_;
};

const std::vector<PipelineShape>& some_shapes() {
  static const std::vector<PipelineShape> all = {
      {gpipe, 3, 5, 1},       {one_f_one_b, 4, 9, 1}, {one_f_one_b, 5, 2, 1},
      {interleaved, 3, 6, 2}, {interleaved, 2, 4, 4}, {zb_h1, 4, 8, 1},
      {zb_h2, 4, 9, 1},       {zb_v, 3, 8, 2},        {zb_v, 4, 3, 2},
      {dualpipe, 4, 10, 2},   {dualpipe_v, 3, 7, 2},  {gpipe, 1, 3, 1}};
  return all;
}

TEST(PipelineTimeline, EqualsItsSlowTwin) {
  PipelineScratch scratch;
  for (const PipelineShape& shape : some_shapes()) {
    for (const bool block : {false, true}) {
      const Orders orders = pipeline_orders(shape);
      const PipelineTimes times = uneven_times(shape, block);
      Ends ends;
      const PipelineTimeline timeline = pipeline_timeline(shape, orders, times, &ends, &scratch);
      const SlowTimeline twin(shape, orders, times, false);
      double end = 0;
      for (std::size_t stage = 0; stage < orders.size(); ++stage) {
        for (std::size_t i = 0; i < orders[stage].size(); ++i) {
          ASSERT_NEAR(ends[stage][i], twin.ends()[stage][i], 1e-9)
              << kPipelineScheduleNames.text(shape.schedule);
          end = std::max(end, ends[stage][i]);
        }
        EXPECT_DOUBLE_EQ(timeline.stages[stage].last, ends[stage].back());
      }
      EXPECT_DOUBLE_EQ(timeline.end, end);
      EXPECT_DOUBLE_EQ(pipeline_timeline(shape, orders, times).end, end);
    }
  }
}

TEST(PipelineTimeline, TwoStagesByHand) {
  // F 1, B 2, W 1 s on stage 0, twice as long on stage 1; messages take 0.5 s.
  const PipelineShape shape{one_f_one_b, 2, 2, 1};
  PipelineTimes times = equal_times(shape, {1, 2, 1});
  times.stage_factor = {1, 2};
  times.forward_message = times.backward_message = 0.5;
  Ends ends;
  const PipelineTimeline timeline = pipeline_timeline(shape, pipeline_orders(shape), times, &ends);
  // Stage 1: F0 1.5-3.5, B0 3.5-9.5, F1 9.5-11.5, B1 11.5-17.5.
  EXPECT_EQ(ends[1], (std::vector<double>{3.5, 9.5, 11.5, 17.5}));
  // Stage 0: F0 0-1, F1 1-2, B0 from 9.5 + 0.5 to 13, B1 from 17.5 + 0.5 to 21.
  EXPECT_EQ(ends[0], (std::vector<double>{1, 2, 13, 21}));
  EXPECT_DOUBLE_EQ(timeline.end, 21);
  const StageTimeline& first = timeline.stages[0];
  EXPECT_DOUBLE_EQ(first.first, 0);
  EXPECT_DOUBLE_EQ(first.busy, 2 * (1 + 3));
  EXPECT_DOUBLE_EQ(first.sending, 0);
  EXPECT_DOUBLE_EQ(first.last_backward_begin, 18);
  EXPECT_EQ(first.gradient_begin, std::vector<double>{18});
  EXPECT_EQ(first.gradient_ready, std::vector<double>{21});
  EXPECT_EQ(first.peak_in_flight, 2);
  EXPECT_DOUBLE_EQ(timeline.stages[1].first, 1.5);
  EXPECT_EQ(timeline.messages(0, 1), 2);
  EXPECT_EQ(timeline.messages(1, 0), 2);

  // Where messages block, F1 begins on stage 0 at 1.5, and B0's message holds up F1 of stage 1:
  // F1 10-12, B1 12-18, so that B1 of stage 0 is 18.5-21.5.
  times.messages_block = true;
  const PipelineTimeline blocked = pipeline_timeline(shape, pipeline_orders(shape), times);
  EXPECT_DOUBLE_EQ(blocked.end, 21.5);
  EXPECT_DOUBLE_EQ(blocked.stages[0].sending, 1);
  EXPECT_DOUBLE_EQ(blocked.stages[1].sending, 1);
}

TEST(PipelineTimeline, TheTurnOfAVNeedsNoMessage) {
  // Parts 0 and 3 on stage 0, 1 and 2 on stage 1. F 4, B 4, W 4 of 1 s; messages 0-1, 2-3 and back.
  const PipelineShape shape{zb_v, 2, 1, 2};
  PipelineTimes times = equal_times(shape);
  times.link_time = {10, 1000, 10};
  const PipelineTimeline timeline = pipeline_timeline(shape, pipeline_orders(shape), times);
  // 4 F, 4 B, the last W of stage 0, and 4 messages of 10 s.
  EXPECT_DOUBLE_EQ(timeline.end, 4 + 4 + 1 + 40);
  EXPECT_EQ(timeline.messages(0, 1), 2);
  EXPECT_EQ(timeline.messages(1, 0), 2);
}

// Both directions of a pair of neighbours together; `ring`: between the last stage and the first.
void expect_messages(const PipelineShape& shape, int neighbours, int ring) {
  const PipelineTimeline timeline =
      pipeline_timeline(shape, pipeline_orders(shape), equal_times(shape));
  const int last = shape.stages - 1;
  for (int i = 0; i < last; ++i) {
    EXPECT_EQ(timeline.messages(i, i + 1) + timeline.messages(i + 1, i), neighbours)
        << kPipelineScheduleNames.text(shape.schedule);
  }
  if (shape.stages > 2) {
    EXPECT_EQ(timeline.messages(last, 0) + timeline.messages(0, last), ring);
  }
  std::int64_t all = 0;
  const int every_pair = neighbours * last;
  for (const PipelineLink& link : timeline.links) all += link.messages;
  EXPECT_EQ(all, every_pair + (shape.stages > 2 ? ring : 0));
}

TEST(PipelineTimeline, Messages) {
  for (const int p : {3, 4, 8, 16}) {
    for (const int m : {16, 32, 48}) {
      for (const PipelineSchedule schedule : {gpipe, one_f_one_b, zb_h1, zb_h2}) {
        expect_messages({schedule, p, m, 1}, 2 * m, 0);
      }
      for (const int v : {2, 3, 4}) {
        // From the last stage to the first and back: v - 1 times.
        if (m % p == 0) expect_messages({interleaved, p, m, v}, 2 * m * v, 2 * m * (v - 1));
      }
      expect_messages({zb_v, p, m, 2}, 4 * m, 0);
      if (m < 2 * p) continue;
      expect_messages({dualpipe_v, p, m, 2}, 4 * m, 0);
      // m/2 microbatches in each direction go forward and back: 2m of a pair, m each way.
      if (p % 2 == 0) expect_messages({dualpipe, p, m, 2}, 2 * m, 0);
    }
  }
}

// DualPipe's published bubble, (PP/2-1)(F&B + (B+W) - 3W), is that of pairs which begin and end as
// one, F&B = F+B+W. At F = B = W = 1 it is (PP/2-1)(3 + 2 - 3).
TEST(PipelineTimeline, OverlappedPairsHaveThePublishedBubble) {
  for (const PipelineShape& shape : {PipelineShape{dualpipe, 4, 10, 2},
                                     {dualpipe, 8, 20, 2},
                                     {dualpipe_v, 2, 8, 2},
                                     {dualpipe_v, 4, 10, 2}}) {
    const Orders orders = pipeline_orders(shape);
    const PipelineTimes times = equal_times(shape);
    const SlowTimeline pairs(shape, orders, times, true);
    const int stages = shape.schedule == dualpipe ? shape.stages : 2 * shape.stages;
    const int work = 3 * shape.microbatches * (shape.schedule == dualpipe ? 1 : 2);
    double end = 0;
    for (const auto& of_stage : pairs.ends()) end = std::max(end, of_stage.back());
    EXPECT_DOUBLE_EQ(end - work, 2 * (stages / 2 - 1));
  }
}

TEST(PipelineTimeline, OrdersThatWaitForEachOtherAreABug) {
  const PipelineShape shape{one_f_one_b, 2, 2, 1};
  Orders orders = pipeline_orders(shape);
  std::swap(orders[1][0], orders[1][1]);  // B0 F0 on the last stage
  EXPECT_THROW(pipeline_timeline(shape, orders, equal_times(shape)), ContractViolation);
  orders = pipeline_orders(shape);
  orders[0].push_back({PipelinePass::forward, 0, 0});
  EXPECT_THROW(pipeline_timeline(shape, orders, equal_times(shape)), ContractViolation);
  orders[0].back() = {PipelinePass::backward_weights, 0, 0};  // of a whole backward pass
  EXPECT_THROW(pipeline_timeline(shape, orders, equal_times(shape)), ContractViolation);
  PipelineTimes one_part = equal_times(shape);
  one_part.parts.pop_back();
  EXPECT_THROW(pipeline_timeline(shape, pipeline_orders(shape), one_part), ContractViolation);
  EXPECT_THROW(pipeline_timeline({interleaved, 2, 3, 2}, {}, {}), Error);
}

}  // namespace
}  // namespace rehearse
