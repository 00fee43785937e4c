#include "runtime/parallel/pipeline_shape.h"

#include <string>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

std::string word(const PipelineShape& shape) {
  return std::string(kPipelineScheduleNames.text(shape.schedule));
}

void expect_chunks(const PipelineShape& shape) {
  const std::string given = std::to_string(shape.chunks) + " chunks on a stage";
  switch (shape.schedule) {
    case PipelineSchedule::gpipe:
    case PipelineSchedule::one_f_one_b:
    case PipelineSchedule::zb_h1:
    case PipelineSchedule::zb_h2:
      if (shape.chunks == 1) return;
      throw Error::input("schedule '" + word(shape) + "' cannot have " + given,
                         "its stages hold one part of the model each",
                         "use 1 chunk or the schedule 'interleaved'");
    case PipelineSchedule::interleaved:
      if (shape.chunks >= 2) return;
      throw Error::input("schedule 'interleaved' cannot have " + given,
                         "its stages hold several parts of the model each",
                         "use 2 chunks or more, or the schedule '1f1b'");
    case PipelineSchedule::zb_v:
    case PipelineSchedule::dualpipe:
    case PipelineSchedule::dualpipe_v:
      if (shape.chunks == 2) return;
      throw Error::input("schedule '" + word(shape) + "' cannot have " + given,
                         "its stages hold two parts of the model each", "use 2 chunks");
  }
}

// The microbatches that fill both directions of DualPipe, or both arms of DualPipeV.
void expect_filled(const PipelineShape& shape) {
  if (shape.microbatches >= 2 * shape.stages) return;
  throw Error::input(
      "schedule '" + word(shape) + "' cannot have " + std::to_string(shape.microbatches) +
          " microbatches with " + std::to_string(shape.stages) + " stages",
      "it needs two microbatches of a stage or more",
      "use " + std::to_string(2 * shape.stages) + " microbatches or more, or the schedule 'zb_v'");
}

void expect_interleaved(const PipelineShape& shape) {
  if (shape.stages < 2) {
    throw Error::input("schedule 'interleaved' cannot have 1 stage", "nothing is interleaved",
                       "use 2 stages or more, or the schedule '1f1b' with 1 chunk");
  }
  if (shape.microbatches % shape.stages == 0) return;
  throw Error::input("schedule 'interleaved' cannot have " + std::to_string(shape.microbatches) +
                         " microbatches with " + std::to_string(shape.stages) + " stages",
                     "stages change chunks after as many microbatches as there are stages",
                     "use a multiple of " + std::to_string(shape.stages) + " microbatches");
}

void expect_dualpipe(const PipelineShape& shape) {
  if (shape.stages % 2 != 0) {
    throw Error::input(
        "schedule 'dualpipe' cannot have " + std::to_string(shape.stages) + " stages",
        "stages i and stages-1-i hold the same two parts of the model",
        "use an even number of stages or the schedule 'dualpipe_v'");
  }
  if (shape.microbatches % 2 == 0) return;
  throw Error::input(
      "schedule 'dualpipe' cannot have " + std::to_string(shape.microbatches) + " microbatches",
      "one half of them enters at each end", "use an even number of microbatches");
}

}  // namespace

void expect_pipeline(const PipelineShape& shape) {
  if (shape.stages < 1) {
    throw Error::input("a pipeline cannot have " + std::to_string(shape.stages) + " stages", "",
                       "use 1 or more");
  }
  if (shape.microbatches < 1) {
    throw Error::input(
        "a pipeline cannot have " + std::to_string(shape.microbatches) + " microbatches", "",
        "use 1 or more");
  }
  expect_chunks(shape);
  if (shape.schedule == PipelineSchedule::interleaved) expect_interleaved(shape);
  if (shape.schedule == PipelineSchedule::dualpipe) expect_dualpipe(shape);
  if (shape.schedule == PipelineSchedule::dualpipe ||
      shape.schedule == PipelineSchedule::dualpipe_v) {
    expect_filled(shape);
  }
}

int part_at(const PipelineShape& shape, int stage, int chunk) {
  EXPECTS(stage >= 0 && stage < shape.stages && chunk >= 0 && chunk < shape.chunks);
  switch (shape.schedule) {
    case PipelineSchedule::dualpipe:
      return chunk == 0 ? stage : shape.stages - 1 - stage;
    case PipelineSchedule::zb_v:
    case PipelineSchedule::dualpipe_v:
      return chunk == 0 ? stage : 2 * shape.stages - 1 - stage;
    default:
      return chunk * shape.stages + stage;
  }
}

PipelinePlace place_of(const PipelineShape& shape, int part, int microbatch) {
  EXPECTS(part >= 0 && part < shape.parts());
  EXPECTS(microbatch >= 0 && microbatch < shape.microbatches);
  switch (shape.schedule) {
    case PipelineSchedule::dualpipe:
      if (microbatch < shape.microbatches / 2) return {part, 0};
      return {shape.stages - 1 - part, 1};
    case PipelineSchedule::zb_v:
    case PipelineSchedule::dualpipe_v:
      if (part < shape.stages) return {part, 0};
      return {2 * shape.stages - 1 - part, 1};
    default:
      return {part % shape.stages, part / shape.stages};
  }
}

}  // namespace rehearse
