// The orders of pipeline schedules: what they contain, what they hold, and their bubbles, which the
// publications give as closed forms.
#include "runtime/parallel/pipeline_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "base/error.h"
#include "runtime/parallel/pipeline_timeline.h"

namespace rehearse {
namespace {

using enum PipelineSchedule;

bool is_zero_bubble(PipelineSchedule schedule) {
  return schedule == zb_h1 || schedule == zb_h2 || schedule == zb_v;
}

std::string name(const PipelineShape& shape) {
  return std::string(kPipelineScheduleNames.text(shape.schedule)) + " p " +
         std::to_string(shape.stages) + " m " + std::to_string(shape.microbatches) + " v " +
         std::to_string(shape.chunks);
}

bool can_be(const PipelineShape& shape) {
  try {
    expect_pipeline(shape);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// All shapes of a schedule on a grid.
std::vector<PipelineShape> shapes(PipelineSchedule schedule) {
  std::vector<PipelineShape> all;
  for (const int stages : {1, 2, 3, 4, 5, 8, 12, 16}) {
    for (const int microbatches : {1, 2, 3, 4, 6, 8, 9, 15, 16, 24, 31, 32, 48, 64}) {
      for (const int chunks : {1, 2, 3, 4}) {
        const PipelineShape shape{schedule, stages, microbatches, chunks};
        if (can_be(shape)) all.push_back(shape);
      }
    }
  }
  return all;
}

// Parts of equal length.
PipelineTimeline timed(const PipelineShape& shape, const PipelineCosts& costs) {
  PipelineTimes times;
  times.parts.assign(static_cast<std::size_t>(shape.parts()),
                     {costs.forward, costs.backward_input, costs.backward_weights});
  return pipeline_timeline(shape, pipeline_orders(shape, costs), times);
}

// The chunks of DualPipe share the microbatches; other chunks see all.
int microbatches_of_chunk(const PipelineShape& shape) {
  return shape.schedule == dualpipe ? shape.microbatches / 2 : shape.microbatches;
}

// The longest wait of a stage between its first and its last operation.
double bubble(const PipelineTimeline& timeline) {
  double longest = 0;
  for (const StageTimeline& stage : timeline.stages) {
    longest = std::max(longest, stage.last - stage.first - stage.busy);
  }
  return longest;
}

// Every pass of every microbatch is in the order of its stage once, a backward pass after its
// forward pass and the weights part after the input part.
void expect_complete(const PipelineShape& shape, int stage, const std::vector<PipelineOp>& order) {
  std::map<std::pair<int, int>, std::string> seen;  // by microbatch and chunk
  for (const PipelineOp& op : order) {
    seen[{op.microbatch, op.chunk}] += "fbiw"[static_cast<int>(op.pass)];
  }
  const int expected = shape.chunks * microbatches_of_chunk(shape);
  ASSERT_EQ(static_cast<int>(seen.size()), expected) << name(shape) << " stage " << stage;
  for (const auto& [which, passes] : seen) {
    const PipelinePlace place = place_of(shape, part_at(shape, stage, which.second), which.first);
    ASSERT_EQ(place, (PipelinePlace{stage, which.second})) << name(shape);
    const bool dual = shape.schedule == dualpipe || shape.schedule == dualpipe_v;
    const bool whole = passes == "fb" && !is_zero_bubble(shape.schedule);
    const bool split = passes == "fiw" && (dual || is_zero_bubble(shape.schedule));
    ASSERT_TRUE(whole || split) << name(shape) << ": " << passes;
  }
}

TEST(PipelineSchedule, EveryStageDoesEverythingOnce) {
  for (const PipelineSchedule schedule : kPipelineScheduleNames.values()) {
    for (const PipelineShape& shape : shapes(schedule)) {
      const auto orders = pipeline_orders(shape);
      ASSERT_EQ(orders.size(), static_cast<std::size_t>(shape.stages));
      for (int stage = 0; stage < shape.stages; ++stage) {
        expect_complete(shape, stage, orders[static_cast<std::size_t>(stage)]);
      }
      const int last = shape.stages - 1;
      ASSERT_EQ(pipeline_order(shape, last), orders.back()) << name(shape);
    }
  }
}

TEST(PipelineSchedule, FirstOperationsByHand) {
  const auto text = [](const PipelineShape& shape, int stage) {
    std::string line;
    for (const PipelineOp& op : pipeline_order(shape, stage)) {
      line += "FBIW"[static_cast<int>(op.pass)];
      line += std::to_string(op.microbatch);
      if (shape.chunks > 1) line += op.chunk == 0 ? "a" : "b";
      line += ' ';
    }
    line.pop_back();
    return line;
  };
  EXPECT_EQ(text({gpipe, 2, 3, 1}, 0), "F0 F1 F2 B0 B1 B2");
  // Warm-up of p - i - 1 = 1.
  EXPECT_EQ(text({one_f_one_b, 3, 4, 1}, 1), "F0 F1 B0 F2 B1 F3 B2 B3");
  // Warm-up of 2(p-i-1) + (v-1)p = 2 + 2 = 4.
  EXPECT_EQ(text({interleaved, 2, 4, 2}, 0),
            "F0a F1a F0b F1b F2a B0b F3a B1b F2b B0a F3b B1a B2b B3b B2a B3a");
  // 2 forward passes; the weights are 1 behind (the stage's number).
  EXPECT_EQ(text({zb_h1, 3, 4, 1}, 1), "F0 F1 I0 F2 I1 W0 F3 I2 W1 I3 W2 W3");
  // 2(p-i)-1 = 3 forward passes; the weights are 2i = 2 behind.
  EXPECT_EQ(text({zb_h2, 3, 5, 1}, 1), "F0 F1 F2 I0 F3 I1 F4 I2 W0 I3 W1 I4 W2 W3 W4");
  // 2(p-i)-1 = 1 forward pass and i = 1 pair; F I W of the far chunk p-i = 1 time; both chunks once
  // (m - p); i = 1 pair of input parts; I W of the near chunk p-i = 1 time; what is left.
  EXPECT_EQ(text({zb_v, 2, 3, 2}, 1),
            "F0a F0b F1a F1b I0b W0b F2a I0a W0a F2b I1b W1b I1a I2b I2a W1a W2b W2a");
}

TEST(PipelineSchedule, PlacesOfParts) {
  // Megatron-LM: part c p + i; a V: j down, p + j up.
  EXPECT_EQ(part_at({interleaved, 4, 8, 3}, 1, 2), 9);
  EXPECT_EQ(part_at({zb_v, 4, 8, 2}, 1, 1), 6);
  EXPECT_EQ(place_of({zb_v, 4, 8, 2}, 4, 0), (PipelinePlace{3, 1}));
  // DualPipe: part 1 is on stages 1 (for microbatches 0-3) and 2 (for 4-7).
  const PipelineShape dual{dualpipe, 4, 8, 2};
  EXPECT_EQ(dual.parts(), 4);
  EXPECT_EQ(place_of(dual, 1, 3), (PipelinePlace{1, 0}));
  EXPECT_EQ(place_of(dual, 1, 4), (PipelinePlace{2, 1}));
  EXPECT_EQ(part_at(dual, 2, 1), 1);
}

TEST(PipelineSchedule, RefusesShapes) {
  const auto message = [](const PipelineShape& shape) -> std::string {
    try {
      expect_pipeline(shape);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(message({interleaved, 4, 8, 2}), "");
  EXPECT_NE(message({interleaved, 4, 6, 2}).find("multiple of 4"), std::string::npos);
  EXPECT_NE(message({interleaved, 4, 8, 1}).find("2 chunks or more"), std::string::npos);
  EXPECT_NE(message({interleaved, 1, 8, 2}).find("2 stages or more"), std::string::npos);
  EXPECT_NE(message({one_f_one_b, 4, 8, 2}).find("'interleaved'"), std::string::npos);
  EXPECT_NE(message({zb_v, 4, 8, 1}).find("use 2 chunks"), std::string::npos);
  EXPECT_NE(message({dualpipe, 3, 8, 2}).find("even number of stages"), std::string::npos);
  EXPECT_NE(message({dualpipe, 4, 9, 2}).find("even number of microbatches"), std::string::npos);
  EXPECT_NE(message({dualpipe, 4, 6, 2}).find("use 8 microbatches"), std::string::npos);
  EXPECT_NE(message({dualpipe_v, 4, 7, 2}).find("use 8 microbatches"), std::string::npos);
  EXPECT_NE(message({gpipe, 0, 7, 1}).find("0 stages"), std::string::npos);
  EXPECT_NE(message({gpipe, 2, 0, 1}).find("0 microbatches"), std::string::npos);
}

// At F = B = W = 1. Schedules of more chunks have parts of a v-th of a stage.
TEST(PipelineSchedule, BubblesAreTheClosedForms) {
  for (const PipelineSchedule schedule : kPipelineScheduleNames.values()) {
    for (const PipelineShape& shape : shapes(schedule)) {
      const int p = shape.stages, m = shape.microbatches;
      double expected = 0;
      switch (schedule) {
        case gpipe:
        case one_f_one_b:
          // (p-1)(F+B+W)
          expected = 3 * (p - 1);
          break;
        case interleaved:
          // (p-1)(F+B+W)/v, where a part takes 1/v: (p-1) times the passes of a part
          expected = 3 * (p - 1);
          break;
        case zb_h1:
          // (p-1)(F+B-W), from p microbatches on
          expected = p - 1;
          if (m < p) continue;
          break;
        case zb_h2:
        case zb_v:
          // (p-1)(F+B-2W) = 0 and 0, from 2p - 1 microbatches on
          expected = 0;
          if (m < 2 * p - 1) continue;
          break;
        case dualpipe:
          // (p/2-1)(F&B + (B+W) - 3W) = 2(p/2-1) where F&B = F+B+W begins and ends as one
          // (PipelineTimeline.OverlappedPairsHaveThePublishedBubble). Here the forward pass of a
          // pair hands its output on before the backward pass, which saves p/2-1.
          expected = p / 2 - 1;
          break;
        case dualpipe_v:
          // the same of a pipeline of 2p stages
          expected = p - 1;
          break;
      }
      ASSERT_DOUBLE_EQ(bubble(timed(shape, {})), expected) << name(shape);
    }
  }
}

// At the first and the last stage the whole step is idle for the bubble; a parallelogram (ZB-H2 and
// ZB-V) begins a stage later by F and ends as much later.
TEST(PipelineSchedule, EndOfTheStep) {
  for (const PipelineSchedule schedule : {gpipe, one_f_one_b, zb_h1, zb_h2, zb_v}) {
    for (const PipelineShape& shape : shapes(schedule)) {
      const int p = shape.stages, m = shape.microbatches;
      if (is_zero_bubble(schedule) && m < 2 * p - 1) continue;
      // m v (F+B+W), and (p-1)(F+B+W) or (p-1)F
      const int last = (p - 1) * (is_zero_bubble(schedule) ? 1 : 3);
      ASSERT_DOUBLE_EQ(timed(shape, {}).end, 3 * m * shape.chunks + last) << name(shape);
    }
  }
}

TEST(PipelineSchedule, ActivationsHeld) {
  for (const PipelineSchedule schedule : kPipelineScheduleNames.values()) {
    for (const PipelineShape& shape : shapes(schedule)) {
      const int p = shape.stages, m = shape.microbatches, v = shape.chunks;
      const PipelineTimeline timeline = timed(shape, {});
      int held = 0;
      for (int i = 0; i < p; ++i) {
        const StageTimeline& stage = timeline.stages[static_cast<std::size_t>(i)];
        ASSERT_LE(stage.peak_in_flight, stage.peak_until_weights);
        held = std::max(held, stage.peak_until_weights);
        if (schedule == gpipe) {
          ASSERT_EQ(stage.peak_in_flight, m);
        }
        if (schedule == one_f_one_b) {
          ASSERT_EQ(stage.peak_in_flight, std::min(m, p - i));
        }
        // Warm-up 2(p-i-1) + (v-1)p and one more, of m v chunks.
        if (schedule == interleaved) {
          ASSERT_EQ(stage.peak_in_flight, std::min(m * v, 2 * (p - i - 1) + (v - 1) * p + 1))
              << name(shape);
        }
      }
      const int first = timeline.stages[0].peak_until_weights;
      // p microbatches, 2p - 1, and 2p chunks; the greedy orders of short steps keep to it, too.
      if (schedule == zb_h1) {
        ASSERT_EQ(held, std::min(m, p)) << name(shape);
      }
      if (schedule == zb_h2) {
        ASSERT_LE(held, std::min(m, 2 * p - 1)) << name(shape);
      }
      if (schedule == zb_h2 && m >= 2 * p - 1) {
        ASSERT_EQ(first, 2 * p - 1) << name(shape);
      }
      if (schedule == zb_v) {
        ASSERT_LE(held, std::min(2 * m, 2 * p)) << name(shape);
      }
      if (schedule == zb_v && m >= 2 * p) {
        ASSERT_EQ(first, 2 * p) << name(shape);
      }
      // PP + 1 of PP stages, which are p or 2p.
      if (schedule == dualpipe) {
        ASSERT_EQ(held, p + 1) << name(shape);
      }
      if (schedule == dualpipe_v) {
        ASSERT_EQ(held, 2 * p + 1) << name(shape);
      }
    }
  }
}

// A stage of 1F1B takes as long as the two parts of a stage of ZB-V.
TEST(PipelineSchedule, ZeroBubbleIsNeverSlowerThanOneFOneB) {
  const std::vector<PipelineCosts> all = {
      {0, 1, 0},     {1, 1, 0},     {0.5, 1, 3}, {2, 1, 0.3},        {1, 2, 1},
      {1.3, 1.7, 1}, {1, 1.6, 0.6}, {1, 3, 3},   {1, 1.1, 0.9, 0.2}, {1, 1, 1, 0.5}};
  for (const int stages : {1, 2, 3, 4, 8, 16}) {
    for (const int microbatches : {1, 2, 3, 7, 8, 16, 32, 64}) {
      for (const PipelineCosts& costs : all) {
        const PipelineShape plain{one_f_one_b, stages, microbatches, 1};
        const auto end = [&](const PipelineShape& shape, double share) {
          const PipelineCosts part{costs.forward * share, costs.backward_input * share,
                                   costs.backward_weights * share, costs.message};
          PipelineTimes times;
          times.parts.assign(static_cast<std::size_t>(shape.parts()),
                             {part.forward, part.backward_input, part.backward_weights});
          times.forward_message = times.backward_message = costs.message;
          return pipeline_timeline(shape, pipeline_orders(shape, part), times).end;
        };
        const double slowest = end(plain, 1) * (1 + 1e-9);
        for (const PipelineSchedule schedule : {zb_h1, zb_h2}) {
          const PipelineShape shape{schedule, stages, microbatches, 1};
          EXPECT_LE(end(shape, 1), slowest) << name(shape) << " F " << costs.forward;
        }
        // ZB-V sends twice as many messages, which may cost more than the bubble.
        if (costs.message > 0) continue;
        const PipelineShape shape{zb_v, stages, microbatches, 2};
        EXPECT_LE(end(shape, 0.5), slowest)
            << name(shape) << " F " << costs.forward << " W " << costs.backward_weights;
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
