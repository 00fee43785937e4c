// The orders of ZB-H1, ZB-H2 (arXiv:2401.10241) and ZB-V (arXiv:2405.15362): the weights parts of
// the backward passes fill the waits of the pipeline.
//
// Activations are held until the weights part is done. A stage holds p microbatches at most in
// ZB-H1, 2p - 1 in ZB-H2, and 2p chunks (p whole stages) in ZB-V.
//
// The publications draw orders for passes of equal length (zero_bubble_patterns.h). For other
// lengths a greedy rule finds orders within the same memory (zero_bubble_greedy.h). The order that
// ends first is taken, among these that whose busiest stage spans the shortest time. For ZB-H1 and
// ZB-H2, 1F1B with split backward passes is among them, so that neither is slower than 1F1B.
#pragma once

#include "runtime/parallel/pipeline_schedule.h"

namespace rehearse {

// REQUIRES: the shape is of one of the three and passed expect_pipeline; costs are finite and not
// negative.
std::vector<std::vector<PipelineOp>> zero_bubble_orders(const PipelineShape& shape,
                                                        const PipelineCosts& costs);

}  // namespace rehearse
