// The orders of GPipe, 1F1B and interleaved 1F1B (runtime/parallel/pipeline_schedule.h).
//
// REQUIRES of all: the shape passed expect_pipeline, 0 <= stage < shape.stages.
#pragma once

#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

// All forward passes, then all backward passes (arXiv:1811.06965). Holds m microbatches.
std::vector<PipelineOp> gpipe_order(const PipelineShape& shape);

// As many forward passes as there are stages behind, then a forward and a backward pass in turn
// (arXiv:2104.04473, section 2.2.1). Stage i holds min(m, p - i) microbatches.
std::vector<PipelineOp> one_f_one_b_order(const PipelineShape& shape, int stage);

// The same over v chunks of a stage, which change after p microbatches (arXiv:2104.04473, section
// 2.2.2; warm-up of 2(p-i-1) + (v-1)p forward passes, as in Megatron-LM). Stage 0 holds pv + p - 1
// chunks.
std::vector<PipelineOp> interleaved_order(const PipelineShape& shape, int stage);

}  // namespace rehearse
