// The orders of DualPipe and DualPipeV (runtime/parallel/pipeline_schedule.h).
//
// Both walk the eight steps of the published implementation (arXiv:2412.19437, section 3.2.1). A
// stage has a near chunk, whose microbatches come early, and a far one. DualPipe feeds the pipeline
// from both ends: chunk 0 is near in the first half of the stages, chunk 1 in the second. DualPipeV
// folds the pipeline in two: its chunk 0 is near, and its last stage is DualPipe's middle.
// A forward and a backward pass that overlap in the publication are neighbours here: the forward
// pass hands its output on before the backward pass begins. The bubble of equal passes is therefore
// p/2-1 passes (p-1 for DualPipeV), half of that of pairs which begin and end as one.
#pragma once

#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

// Holds p + 1 chunks on stage 0 (DualPipe) or 2p + 1 (DualPipeV) at most.
// REQUIRES: the shape is of one of the two and passed expect_pipeline, 0 <= stage < shape.stages.
std::vector<PipelineOp> dual_pipe_order(const PipelineShape& shape, int stage);

}  // namespace rehearse
