// The shape of a pipeline: which part of the model is computed where, by which schedule.
//
//   PipelineShape shape{PipelineSchedule::interleaved, 4, 8, 2};   // 4 stages, 8 microbatches
//   shape.parts();                    // 8: every stage has two of them
//   part_at(shape, 1, 1);             // 5: the second part of stage 1
//   place_of(shape, 5, 0);            // stage 1, chunk 1
//
// A part is a run of consecutive layers, numbered from the input of the model. A stage is the place
// of a device (or of a group that splits every layer) along the pipeline. The parts of one stage
// are its chunks, numbered in the order in which a microbatch meets them.
//
// Sources of the schedules: GPipe arXiv:1811.06965; 1F1B (PipeDream-Flush) and interleaved 1F1B
// arXiv:2104.04473; ZB-H1 and ZB-H2 arXiv:2401.10241; ZB-V arXiv:2405.15362; DualPipe
// arXiv:2412.19437, and DualPipeV, the same cut in half.
#pragma once

#include <cstdint>

#include "base/enum_names.h"

namespace rehearse {

enum class PipelineSchedule : std::uint8_t {
  gpipe,
  one_f_one_b,
  interleaved,
  zb_h1,
  zb_h2,
  zb_v,
  dualpipe,
  dualpipe_v
};
inline constexpr auto kPipelineScheduleNames = enum_names<PipelineSchedule>(
    "gpipe", "1f1b", "interleaved", "zb_h1", "zb_h2", "zb_v", "dualpipe", "dualpipe_v");

constexpr bool is_dualpipe(PipelineSchedule schedule) {
  return schedule == PipelineSchedule::dualpipe || schedule == PipelineSchedule::dualpipe_v;
}

struct PipelineShape {
  PipelineSchedule schedule = PipelineSchedule::one_f_one_b;
  int stages = 1;
  int microbatches = 1;  // of a step
  // Parts on a stage: 1 for gpipe, 1f1b, zb_h1 and zb_h2; 2 or more for interleaved; 2 for the
  // others. DualPipe has every part on two stages: stage i has parts i and stages-1-i.
  int chunks = 1;

  // The pieces of the model: stages * chunks, for DualPipe as many as stages.
  [[nodiscard]] int parts() const {
    return schedule == PipelineSchedule::dualpipe ? stages : stages * chunks;
  }

  bool operator==(const PipelineShape&) const = default;
};

// Throws Error::input where the schedule cannot be made of these numbers.
void expect_pipeline(const PipelineShape& shape);

struct PipelinePlace {
  int stage;
  int chunk;

  bool operator==(const PipelinePlace&) const = default;
};

// The part that a chunk of a stage is. REQUIRES: expect_pipeline(shape), stage and chunk in range.
int part_at(const PipelineShape& shape, int stage, int chunk);

// Where a part is computed for a microbatch. DualPipe's first half of the microbatches enters at
// stage 0 and meets chunks 0, its second half enters at the last stage and meets chunks 1; all
// other schedules compute all microbatches at the same place.
// REQUIRES: expect_pipeline(shape), part and microbatch in range.
PipelinePlace place_of(const PipelineShape& shape, int part, int microbatch);

}  // namespace rehearse
