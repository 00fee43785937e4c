// The drawn orders of the zero bubble schedules, each for one stage, without regard to costs.
//
// REQUIRES of all: the shape passed expect_pipeline, 0 <= stage < shape.stages.
#pragma once

#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

// `warm_up` forward passes, then a backward pass, the weights part of the microbatch that is `lag`
// before, and a forward pass in turn. Holds warm_up + lag microbatches until their weights parts.
// 1F1B: p - i and 0. ZB-H1: p - i and i. ZB-H2: 2(p - i) - 1 and 2i.
// REQUIRES: warm_up >= 1, lag >= 0, the shape has one chunk.
std::vector<PipelineOp> lagging_weights(const PipelineShape& shape, int warm_up, int lag);

// ZB-V. Has no bubble from 2p - 1 microbatches on where all passes take equally long.
// REQUIRES: the shape is of zb_v.
std::vector<PipelineOp> zb_v_pattern(const PipelineShape& shape, int stage);

}  // namespace rehearse
