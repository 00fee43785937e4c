#include "runtime/parallel/pipeline_wiring.h"

namespace rehearse {

PipelineWiring::PipelineWiring(const PipelineShape& shape) : chunks_(shape.chunks) {
  expect_pipeline(shape);
  const auto number = [&](int part, int microbatch) {
    if (part < 0 || part >= shape.parts()) return -1;
    const PipelinePlace place = place_of(shape, part, microbatch);
    return place.stage * shape.chunks + place.chunk;
  };
  for (int stage = 0; stage < shape.stages; ++stage) {
    for (int chunk = 0; chunk < shape.chunks; ++chunk) {
      // Chunks 1 of DualPipe belong to the microbatches of the second half.
      const bool upward = shape.schedule == PipelineSchedule::dualpipe && chunk == 1;
      const int microbatch = upward ? shape.microbatches - 1 : 0;
      const int part = part_at(shape, stage, chunk);
      part_.push_back(part);
      next_.push_back(number(part + 1, microbatch));
      previous_.push_back(number(part - 1, microbatch));
    }
  }
}

}  // namespace rehearse
